import { formatDuration } from '../../domain/duration.ts';
import type { ResourceSpec } from '../../domain/plan.ts';
import type { StatusFinding } from '../../domain/status.ts';
import { answeredUntilMs, newestFor, type History } from '../history.ts';
import { expectationsOf, expectationsOn, type Expectation } from '../expectations.ts';
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
  return resource.enabled ? latestOf(expectationsOf(resource, context.ticks), context) : undefined;
}

/** The same for one target, with the history of what is there. */
export function latenessOn(
  resource: ResourceSpec,
  target: string,
  context: LatenessContext,
): Lateness | undefined {
  if (!resource.enabled) return undefined;
  return latestOf(expectationsOn(resource, target, context.ticks), context);
}

function latestOf(expectations: readonly Expectation[], context: LatenessContext): Lateness | undefined {
  const late = expectations.flatMap((one) => latenessOf(one, context) ?? []);
  return late.sort((a, b) => b.overdueMs - a.overdueMs)[0];
}

function latenessOf(
  { mode, jitterMs, next }: Expectation,
  { nowMs, history }: LatenessContext,
): Lateness | undefined {
  const newest = newestFor(history, mode);
  const answered = answeredUntilMs(history, mode, nowMs);
  if (newest === undefined || answered === undefined) return undefined;
  const first = next(answered);
  if (first === undefined) return undefined;
  const graceMs = Math.max(LEAST_GRACE_MS, 2 * newest.record.durationMs);
  const overdueMs = nowMs - first - jitterMs;
  if (overdueMs <= graceMs) return undefined;
  const second = next(first) ?? Infinity;
  const severity = nowMs - second - jitterMs > graceMs ? 'critical' : 'warning';
  return { severity, overdueMs, message: `${mode} is overdue by ${formatDuration(overdueMs)}` };
}
