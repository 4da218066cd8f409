import type { Clock, Timers } from '../../src/domain/clock.ts';

export interface ManualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Moves both clocks and calls what falls due, in order. */
  advance(ms: number): void;
  /** Delays that are being waited for. */
  pending(): readonly number[];
}

/** A clock and timers that move only when a test says so. */
export function manualTime(startMs = Date.UTC(2026, 0, 2, 3, 4, 5)): ManualTime {
  let elapsedMs = 0;
  const alarms = new Set<{ readonly atMs: number; readonly action: () => void }>();
  const nextBefore = (limitMs: number): { readonly atMs: number; readonly action: () => void } | undefined =>
    [...alarms].filter((alarm) => alarm.atMs <= limitMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    clock: { nowMs: () => startMs + elapsedMs, monotonicMs: () => elapsedMs },
    timers: {
      after(delayMs, action) {
        const alarm = { atMs: elapsedMs + delayMs, action };
        alarms.add(alarm);
        return () => alarms.delete(alarm);
      },
    },
    advance(ms) {
      const endMs = elapsedMs + ms;
      for (let alarm = nextBefore(endMs); alarm !== undefined; alarm = nextBefore(endMs)) {
        alarms.delete(alarm);
        elapsedMs = alarm.atMs;
        alarm.action();
      }
      elapsedMs = endMs;
    },
    pending: () => [...alarms].map((alarm) => alarm.atMs - elapsedMs),
  };
}
