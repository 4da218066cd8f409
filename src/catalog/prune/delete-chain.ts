import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';
import { deleteMember } from './delete-member.ts';
import type { SecondLook } from './obstacle.ts';
import { SWEEP_START_MS, type SweepLease } from './sweep-lease.ts';

export interface ChainDeletion {
  readonly look: SecondLook;
  /** Runs from before the first mark on. */
  readonly lease: SweepLease;
}

export interface DeletedChain {
  /** Those that no other run had deleted. */
  readonly snapshots: number;
  readonly bytes: number;
  /** Why it did not come to the end. */
  readonly stopped?: string;
  /** Members of which nothing was deleted. */
  readonly untouched: readonly PruneMember[];
}

/** Deletes members leaf first, so that what is left at any moment is a whole chain. */
export async function deleteChain(
  context: PruneContext,
  chain: PruneChain,
  { look, lease }: ChainDeletion,
): Promise<Result<DeletedChain>> {
  const members = leafFirst(chain, look);
  let [snapshots, bytes] = [0, 0];
  for (const [index, member] of members.entries()) {
    const rest = members.slice(index);
    if (lease.usedMs() > SWEEP_START_MS) return ok({ snapshots, bytes, stopped: TOO_LATE, untouched: rest });
    // Its record is no longer there: what may lie in its place belongs to a copy that is being made.
    if (!look.links.some(({ snapshotId }) => snapshotId === member.snapshotId)) continue;
    const deleted = await deleteMember(context, { resource: chain.resource, member, life: look.life });
    if (!deleted.ok) return deleted;
    bytes += deleted.value.bytes;
    if (deleted.value.refused !== undefined) {
      const untouched = deleted.value.hasBegun ? rest.slice(1) : rest;
      return ok({ snapshots, bytes, stopped: `the store refuses it: ${deleted.value.refused}`, untouched });
    }
    if (!look.life.isGone(member.recordSha256)) snapshots += 1;
  }
  return ok({ snapshots, bytes, untouched: [] });
}

const TOO_LATE = 'it took so long that the marks of this run no longer give the right to delete';

/** By what the records say, not by their times: clocks may have differed. */
function leafFirst({ members }: PruneChain, { links }: SecondLook): readonly PruneMember[] {
  const levels = new Map(links.map(({ snapshotId, level }) => [snapshotId, level]));
  const levelOf = ({ snapshotId }: PruneMember): number => levels.get(snapshotId) ?? 0;
  return members.toSorted((a, b) => levelOf(b) - levelOf(a));
}
