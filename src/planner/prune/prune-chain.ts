import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { storedBytesOf } from '../snapshot-size.ts';
import { copyHere } from './target-view.ts';

/** When a chain may go: `graceMs` is 0 where it may at once. */
export type Term = Pick<PruneChain, 'graceMs' | 'sweepAtMs'>;

/** `chain`: of a view, with at least one member. */
export function pruneChain(chain: readonly Snapshot[], term: Term): PruneChain {
  const [lowest] = chain;
  if (lowest === undefined) throw new Error('a chain has a member');
  const oldestFirst = chain.toSorted((a, b) => a.consistentAtMs - b.consistentAtMs || (a.id < b.id ? -1 : 1));
  return {
    resource: lowest.resource,
    root: lowest.record.chain.root,
    members: oldestFirst.map(memberOf),
    ...term,
  };
}

function memberOf(snapshot: Snapshot): PruneMember {
  const { record, recordSha256 } = copyHere(snapshot);
  const { id, mode, consistentAtMs } = snapshot;
  return {
    snapshotId: id,
    recordKey: record.key,
    recordSha256,
    mode,
    consistentAtMs,
    bytes: storedBytesOf(snapshot),
    ...(record.label === undefined ? {} : { label: record.label }),
  };
}
