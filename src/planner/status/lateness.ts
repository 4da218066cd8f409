import { formatDuration } from '../../domain/duration.ts';
import type { ModeSchedule, ResourceSpec } from '../../domain/plan.ts';
import type { StatusFinding } from '../../domain/status.ts';
import { answeredUntilMs, newestFor, type History } from '../history.ts';
import { jitterOf } from '../jitter.ts';
import type { TickMemory } from '../tick-memory.ts';

export interface Lateness {
  readonly severity: StatusFinding['severity'];
  readonly overdueMs: number;
  readonly message: string;
}

interface LatenessContext {
  readonly nowMs: number;
  readonly ticks: TickMemory;
  readonly history: History;
}

/** A backup that has just become due is under way, not late: this long, or twice what the last one took. */
const LEAST_GRACE_MS = 15 * 60_000;

/** The schedule that has waited longest: a warning after one missed tick, critical after two. */
export function lateness(resource: ResourceSpec, context: LatenessContext): Lateness | undefined {
  if (!resource.enabled) return undefined;
  const late = resource.schedules.flatMap((one) => latenessOf(resource.name, one, context) ?? []);
  return late.sort((a, b) => b.overdueMs - a.overdueMs)[0];
}

function latenessOf(
  resource: string,
  { mode, schedule }: ModeSchedule,
  context: LatenessContext,
): Lateness | undefined {
  const { nowMs, ticks, history } = context;
  const newest = newestFor(history, mode);
  const answered = answeredUntilMs(history, mode, nowMs);
  if (newest === undefined || answered === undefined) return undefined;
  const jitterMs = jitterOf(resource, schedule.jitterMs);
  const first = ticks.next(schedule, answered);
  if (first === undefined) return undefined;
  const graceMs = Math.max(LEAST_GRACE_MS, 2 * newest.record.durationMs);
  const overdueMs = nowMs - first - jitterMs;
  if (overdueMs <= graceMs) return undefined;
  const second = ticks.next(schedule, first) ?? Infinity;
  const severity = nowMs - second - jitterMs > graceMs ? 'critical' : 'warning';
  return { severity, overdueMs, message: `${mode} is overdue by ${formatDuration(overdueMs)}` };
}
