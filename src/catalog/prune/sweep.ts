import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';
import { deleteChain, type ChainDeletion } from './delete-chain.ts';
import { readBeforeSweep, reasonOfGrace, reasonToWait, type BeforeSweep } from './grace.ts';
import { markChain } from './marks.ts';
import { lookForObstacle, type SecondLook } from './obstacle.ts';
import { withdrawMarks } from './withdraw-marks.ts';

export type SweepOutcome =
  | { readonly state: 'swept'; readonly snapshots: number; readonly bytes: number }
  /** `deferred`: a later run can do it without anything being decided anew. */
  | { readonly state: 'kept' | 'deferred'; readonly reason: string };

/**
 * Deletes a chain, leaf first, or says why it stays. Safe against every other run without a lock:
 * own marks first, then a look at what was written meanwhile, and only then the deletion; a writer
 * looks at the marks after its commit, so one of the two always sees the other. May be repeated,
 * also after a crash at any point.
 */
export async function sweepChain(context: PruneContext, chain: PruneChain): Promise<Result<SweepOutcome>> {
  const before = await readBeforeSweep(context, chain);
  if (!before.ok) return before;
  const wait = reasonToWait(context, chain, before.value);
  if (wait !== undefined) return ok({ state: 'deferred', reason: wait });
  const unfit = reasonOfGrace(chain, before.value);
  if (unfit !== undefined) return ok({ state: 'kept', reason: unfit });
  const markedMs = context.clock.monotonicMs();
  const look = await markAndLook(context, chain, before.value);
  if (!look.ok) return look;
  const { obstacle } = look.value;
  if (obstacle === undefined) return carryOut(context, chain, { look: look.value, markedMs });
  const withdrawn = await withdrawMarks(context, chain.members);
  return withdrawn.ok ? ok({ state: 'kept', reason: obstacle }) : withdrawn;
}

async function markAndLook(
  context: PruneContext,
  chain: PruneChain,
  before: BeforeSweep,
): Promise<Result<SecondLook>> {
  const marked = await markChain(context, chain, 'sweep');
  const look = marked.ok ? await lookForObstacle(context, chain, before) : marked;
  const isFirstAttempt = ![...before.marks.values()]
    .flat()
    .some(({ value }) => value.runId === context.runId);
  // Nothing was deleted yet, and marks would only keep others from using the chain.
  if (!look.ok && isFirstAttempt) await withdrawMarks(context, chain.members);
  return look;
}

/** What was begun stays marked, so that a later run finishes it. */
async function carryOut(
  context: PruneContext,
  chain: PruneChain,
  deletion: ChainDeletion,
): Promise<Result<SweepOutcome>> {
  const deleted = await deleteChain(context, chain, deletion);
  if (!deleted.ok) return deleted;
  const { snapshots, bytes, stopped, untouched } = deleted.value;
  const finished: readonly PruneMember[] = stopped === undefined ? chain.members : untouched;
  const withdrawn = await withdrawMarks(context, finished);
  if (!withdrawn.ok) return withdrawn;
  return ok(
    stopped === undefined ? { state: 'swept', snapshots, bytes } : { state: 'deferred', reason: stopped },
  );
}
