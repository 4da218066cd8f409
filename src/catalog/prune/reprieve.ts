import { failure } from '../../domain/failure.ts';
import type { PruneChain } from '../../domain/prune-plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { cancelMarks } from './cancel-marks.ts';
import type { PruneContext } from './context.ts';

/** Takes a condemnation back, because retention or a pin keeps the chain now. */
export async function reprieveChain(context: PruneContext, chain: PruneChain): Promise<Result<void>> {
  const cancelled = await cancelMarks(
    context,
    chain.members.map(({ snapshotId }) => snapshotId),
  );
  if (!cancelled.ok) return cancelled;
  if (!cancelled.value.isBeingSwept) return ok();
  return failed(
    failure('SNAPSHOT_CONDEMNED', `another run may be deleting ${chain.root} right now`, {
      hint: 'Run it again later: a deletion that was interrupted can be taken back after 24 hours.',
    }),
  );
}
