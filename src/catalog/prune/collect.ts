import type { Leftover } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import { storeNowMs } from '../store-clock.ts';
import type { PruneContext } from './context.ts';
import { isStillLeftover } from './leftover-check.ts';
import { readLifeEvents } from './look-again.ts';

export interface Collected {
  readonly objects: number;
  readonly bytes: number;
  /** How many the store does not let go, for example under a retention lock. */
  readonly refused: number;
}

/** Removes leftovers, each after one more look whether it still is one: what has come to life stays. */
export async function collectLeftovers(
  context: PruneContext,
  leftovers: readonly Leftover[],
): Promise<Result<Collected>> {
  const now = await storeNowMs(context.repository, context.plan);
  if (!now.ok) return now;
  const life = await readLifeEvents(context);
  if (!life.ok) return life;
  let [objects, bytes, refused] = [0, 0, 0];
  for (const leftover of leftovers) {
    const facts = { nowStoreMs: now.value, life: life.value };
    const still = await isStillLeftover(context, leftover, facts);
    if (!still.ok) return still;
    if (!still.value) continue;
    const removed = await context.repository.target.remove(leftover.key);
    if (removed.ok) [objects, bytes] = [objects + 1, bytes + leftover.bytes];
    else if (removed.failure.code === 'TARGET_DENIED') refused += 1;
    else return removed;
  }
  return ok({ objects, bytes, refused });
}
