import type { PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import { writeEvent } from '../events.ts';
import { markKey } from '../keys.ts';
import type { PruneContext } from './context.ts';

/**
 * Takes away the run's own marks and no others. Where the store lets nothing go, a cancel says that
 * they count no more. The run must delete nothing of these snapshots afterwards.
 */
export async function withdrawMarks(
  context: PruneContext,
  members: readonly PruneMember[],
): Promise<Result<void>> {
  const { repository, plan, runId } = context;
  for (const { snapshotId } of members) {
    const removed = await repository.target.remove(markKey(plan, snapshotId, runId));
    if (removed.ok) continue;
    if (removed.failure.code !== 'TARGET_DENIED') return removed;
    const cancelled = await writeEvent({
      ...context,
      event: 'cancel',
      facts: { snapshotId, marks: [runId] },
    });
    if (!cancelled.ok) return cancelled;
  }
  return ok();
}
