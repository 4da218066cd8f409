import type { MarkRecord } from '../../domain/mark.ts';
import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Found } from '../read-folder.ts';
import type { PruneContext } from './context.ts';
import { deleteChain, type ChainDeletion } from './delete-chain.ts';
import { readBeforeSweep, reasonOfGrace, reasonToWait, type BeforeSweep } from './grace.ts';
import { markChain } from './marks.ts';
import { lookForObstacle, type SecondLook } from './obstacle.ts';
import { startLease } from './sweep-lease.ts';
import { wholeAmong } from './whole.ts';
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
  // Before the store is asked for its time: the ages that it tells are never older than this.
  const leaseAged = startLease(context.clock);
  const before = await readBeforeSweep(context, chain);
  if (!before.ok) return before;
  const wait = reasonToWait(chain, before.value);
  if (wait !== undefined) return ok({ state: 'deferred', reason: wait });
  const unfit = reasonOfGrace(chain, before.value);
  if (unfit !== undefined) return ok({ state: 'kept', reason: unfit });
  const earlier = earlierMarks(context, before.value);
  const lease = leaseAged(ageOf(earlier, before.value.nowStoreMs));
  const look = await markAndLook(context, chain, before.value);
  if (!look.ok) return look;
  const { obstacle } = look.value;
  const attempt = { isFirst: earlier.length === 0, look: look.value, lease };
  if (obstacle === undefined) return carryOut(context, chain, attempt);
  const withdrawn = await withdrawUntouched(context, chain.members, { ...chain, ...attempt });
  return withdrawn.ok ? ok({ state: 'kept', reason: obstacle }) : withdrawn;
}

/** Of an attempt of the same run that failed. */
function earlierMarks({ runId }: PruneContext, { marks }: BeforeSweep): readonly Found<MarkRecord>[] {
  return marks.filter(({ value }) => value.runId === runId);
}

/** The lease runs from the first mark on, whichever attempt made it. */
function ageOf(marks: readonly Found<MarkRecord>[], nowStoreMs: number | undefined): number {
  if (nowStoreMs === undefined) return 0;
  return Math.max(0, ...marks.map(({ modifiedMs }) => nowStoreMs - modifiedMs));
}

async function markAndLook(
  context: PruneContext,
  chain: PruneChain,
  before: BeforeSweep,
): Promise<Result<SecondLook>> {
  const marked = await markChain(context, chain, 'sweep');
  const look = marked.ok ? await lookForObstacle(context, chain, before) : marked;
  // Nothing was deleted yet, and marks would only keep others from using the chain.
  if (!look.ok && earlierMarks(context, before).length === 0) await withdrawMarks(context, chain.members);
  return look;
}

/** What was begun stays marked, so that a later run finishes it. */
async function carryOut(
  context: PruneContext,
  chain: PruneChain,
  attempt: Attempt,
): Promise<Result<SweepOutcome>> {
  const deleted = await deleteChain(context, chain, attempt);
  if (!deleted.ok) return deleted;
  const { snapshots, bytes, stopped, untouched } = deleted.value;
  const withdrawn =
    stopped === undefined
      ? await withdrawMarks(context, chain.members)
      : await withdrawUntouched(context, untouched, { ...chain, ...attempt });
  if (!withdrawn.ok) return withdrawn;
  return ok(
    stopped === undefined ? { state: 'swept', snapshots, bytes } : { state: 'deferred', reason: stopped },
  );
}

interface Attempt extends ChainDeletion {
  readonly isFirst: boolean;
}

/** An earlier attempt of this run may have deleted a member in part: that one stays marked. */
async function withdrawUntouched(
  context: PruneContext,
  members: readonly PruneMember[],
  { resource, isFirst }: Pick<PruneChain, 'resource'> & Pick<Attempt, 'isFirst'>,
): Promise<Result<void>> {
  if (isFirst) return withdrawMarks(context, members);
  const snapshotIds = members.map(({ snapshotId }) => snapshotId);
  const whole = await wholeAmong(context, { resource, snapshotIds });
  if (!whole.ok) return whole;
  return withdrawMarks(
    context,
    members.filter(({ snapshotId }) => whole.value.has(snapshotId)),
  );
}
