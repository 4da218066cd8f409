import type { Leftover } from '../../domain/prune-plan.ts';

const DAY_MS = 86_400_000;

/**
 * Age, by the store's clock, from which nobody can still be at work on it. Data and staging may
 * belong to an upload that takes days; marks, intents and probes are of a moment. A record that a
 * prune has deleted comes back to life never.
 */
const MIN_AGE_MS: Readonly<Record<Leftover['kind'], number>> = {
  data: 7 * DAY_MS,
  index: 7 * DAY_MS,
  keys: 7 * DAY_MS,
  staging: 7 * DAY_MS,
  mark: DAY_MS,
  intent: DAY_MS,
  lease: DAY_MS,
  record: 0,
  // Somebody may still read the pack of one that was the newest a moment ago.
  checkpoint: DAY_MS,
  pack: DAY_MS,
};

export function isOldLeftover(
  { kind, modifiedMs }: Pick<Leftover, 'kind' | 'modifiedMs'>,
  nowStoreMs: number,
): boolean {
  return MIN_AGE_MS[kind] === 0 || nowStoreMs - modifiedMs > MIN_AGE_MS[kind];
}
