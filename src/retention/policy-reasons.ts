import type { RetentionPolicy } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { calendarOf, PERIODS } from './calendar.ts';
import { matchesLabel } from './label-glob.ts';

interface Moment {
  readonly timezone: string;
  readonly nowMs: number;
}

/** Why a policy keeps good snapshots of one mode, given newest first, by id. */
export function policyReasons(
  policy: RetentionPolicy,
  good: readonly Snapshot[],
  moment: Moment,
): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  const keep = ({ id }: Snapshot, reason: string) => reasons.set(id, [...(reasons.get(id) ?? []), reason]);
  for (const snapshot of good.slice(0, policy.keep.last ?? 0)) keep(snapshot, 'last');
  for (const period of PERIODS) {
    for (const snapshot of newestPerPeriod(good, policy.keep[period] ?? 0, (ms) =>
      calendarOf(moment.timezone)(period, ms),
    )) {
      keep(snapshot, period);
    }
  }
  for (const snapshot of good) {
    const ageMs = moment.nowMs - snapshot.consistentAtMs;
    if (policy.keep.withinMs !== undefined && ageMs <= policy.keep.withinMs) keep(snapshot, 'within');
    for (const glob of matchingLabels(policy, snapshot, ageMs)) keep(snapshot, `label ${glob}`);
  }
  return reasons;
}

/** The newest snapshot of each of the `count` most recent periods that have any. */
function newestPerPeriod(
  good: readonly Snapshot[],
  count: number,
  periodOf: (instantMs: number) => number,
): Snapshot[] {
  const found = new Map<number, Snapshot>();
  for (const snapshot of good) {
    if (found.size === count) break;
    const period = periodOf(snapshot.consistentAtMs);
    if (!found.has(period)) found.set(period, snapshot);
  }
  return [...found.values()];
}

function matchingLabels({ keep }: RetentionPolicy, { record }: Snapshot, ageMs: number): string[] {
  const { label } = record;
  if (label === undefined) return [];
  return Object.entries(keep.labels ?? {}).flatMap(([glob, forMs]) =>
    ageMs <= forMs && matchesLabel(glob, label) ? [glob] : [],
  );
}
