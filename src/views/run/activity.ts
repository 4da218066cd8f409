import type { Clock } from '../../domain/clock.ts';
import type { RunEvent } from '../../domain/events.ts';
import type { Step } from '../../domain/run-graph.ts';
import { formatBytes } from '../../domain/size.ts';
import { humanDuration } from '../quantity.ts';

/** What a running step has done so far. */
export interface Activity {
  readonly step: Step;
  readonly startedMs: number;
  readonly bytes?: number;
  readonly totalBytes?: number;
  /** Monotonic time of the end of a pause before a retry. */
  readonly retryAtMs?: number;
}

/** Steps that run now, in the order of their start, kept up to date from events. */
export interface Activities {
  note(event: RunEvent): void;
  all(): readonly Activity[];
  elapsedMs(activity: Activity): number;
  /** `128 MiB of 1.0 GiB, 42 MiB/s, 21 s left`, as far as it is known. */
  describe(activity: Activity): string;
}

export function createActivities(clock: Clock): Activities {
  const running = new Map<string, Activity>();
  const change = (step: Step, news: Partial<Activity>): void => {
    const activity = running.get(step.id);
    if (activity !== undefined) running.set(step.id, { ...activity, ...news });
  };
  return {
    note(event) {
      if (event.type === 'step-started') {
        running.set(event.step.id, { step: event.step, startedMs: clock.monotonicMs() });
      } else if (event.type === 'step-progress') {
        const { bytes, totalBytes } = event;
        change(event.step, { bytes, ...(totalBytes !== undefined && { totalBytes }) });
      } else if (event.type === 'step-retrying') {
        change(event.step, { retryAtMs: clock.monotonicMs() + event.delayMs });
      } else if (event.type === 'step-finished') {
        running.delete(event.step.id);
      }
    },
    all: () => [...running.values()],
    elapsedMs: ({ startedMs }) => clock.monotonicMs() - startedMs,
    describe({ retryAtMs, startedMs, ...progress }) {
      const nowMs = clock.monotonicMs();
      if (retryAtMs !== undefined) return `retry in ${humanDuration(Math.max(0, retryAtMs - nowMs))}`;
      return describeProgress(progress, nowMs - startedMs);
    },
  };
}

function describeProgress(
  { bytes, totalBytes }: Pick<Activity, 'bytes' | 'totalBytes'>,
  elapsedMs: number,
): string {
  if (bytes === undefined) return '';
  const parts = [
    totalBytes === undefined ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
  ];
  if (elapsedMs >= 1_000 && bytes > 0) {
    parts.push(`${formatBytes((bytes / elapsedMs) * 1_000)}/s`);
    const leftMs = totalBytes === undefined ? 0 : ((totalBytes - bytes) / bytes) * elapsedMs;
    if (leftMs > 0) parts.push(`${humanDuration(leftMs)} left`);
  }
  return parts.join(', ');
}
