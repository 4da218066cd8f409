import { factsOf, type RunResource } from '../catalog/event-facts.ts';
import type { EventRecord } from '../domain/snapshot.ts';

export interface FailureStreak {
  /** Failures since the last success. */
  readonly count: number;
  readonly lastMs: number;
}

/** By resource; resources whose last run succeeded are absent. */
export type FailureStreaks = ReadonlyMap<string, FailureStreak>;

const FIRST_DELAY_MS = 5 * 60_000;
const LONGEST_DELAY_MS = 24 * 3_600_000;

/** When a resource that keeps failing is tried again: 5 minutes, doubled with each failure. */
export function retryAtMs({ count, lastMs }: FailureStreak): number {
  return lastMs + Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
}

/** What the run events say. A copy on one target is a success; a skip and an interruption prove nothing. */
export function failureStreaks(events: readonly EventRecord[]): FailureStreaks {
  const streaks = new Map<string, FailureStreak>();
  for (const event of events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const said = factsOf(event);
    if (said.event !== 'run') continue;
    for (const outcome of said.facts.resources) count(streaks, outcome, Date.parse(event.at));
  }
  return streaks;
}

function count(
  streaks: Map<string, FailureStreak>,
  { resource, state, snapshotId, code }: RunResource,
  atMs: number,
): void {
  if (state === 'skipped' || code === 'INTERRUPTED') return;
  if (state === 'succeeded' || snapshotId !== undefined) streaks.delete(resource);
  else streaks.set(resource, { count: (streaks.get(resource)?.count ?? 0) + 1, lastMs: atMs });
}
