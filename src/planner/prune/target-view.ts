import { factsOf } from '../../catalog/event-facts.ts';
import type { Catalog, Copy, CopyState, Snapshot } from '../../domain/snapshot.ts';
import { chainsOf } from '../../retention/chains.ts';

/** What one target holds of a resource; each snapshot has only its copy there, and is good by that copy. */
export interface TargetView {
  /** Of chains that no prune has condemned. */
  readonly live: readonly Snapshot[];
  /** Chains with a member that a prune has condemned. */
  readonly condemned: readonly (readonly Snapshot[])[];
}

export function viewOf(snapshots: readonly Snapshot[], target: string): TargetView {
  const here = snapshots.flatMap((snapshot) => {
    const copy = snapshot.copies.find((one) => one.target === target);
    return copy === undefined ? [] : [{ ...snapshot, copies: [copy] }];
  });
  const live: Snapshot[] = [];
  const condemned: (readonly Snapshot[])[] = [];
  for (const chain of chainsOf(here).values()) {
    const judged = judgeHere(chain);
    if (judged.some((snapshot) => copyHere(snapshot).state === 'condemned')) condemned.push(judged);
    else live.push(...judged);
  }
  return { live, condemned };
}

/** The one copy of a snapshot of a view. */
export function copyHere({ copies }: Snapshot): Copy {
  const [copy] = copies;
  if (copy === undefined) throw new Error('a snapshot of a view has a copy');
  return copy;
}

/** Lowest level first: a snapshot is good here where its copy is whole and its parent is good here. */
function judgeHere(chain: readonly Snapshot[]): Snapshot[] {
  const good = new Set<string>();
  return chain.map((snapshot) => {
    if (!snapshot.good) return snapshot;
    const { state } = copyHere(snapshot);
    const { parent } = snapshot.record.chain;
    const isWhole = isUsable(state);
    const stands = parent === undefined || good.has(parent.snapshotId);
    if (isWhole && stands) good.add(snapshot.id);
    if (good.has(snapshot.id)) return snapshot;
    return {
      ...snapshot,
      good: false,
      defect: isWhole ? 'its parent is not good here' : `its data here is ${state}`,
    };
  });
}

/**
 * The same chain as if its marks were cancelled. What was demoted, is damaged or has lost an ancestor
 * stays out: nothing makes it good again, and it must not hold the chain.
 */
export function asIfReprieved(chain: readonly Snapshot[], demoted: ReadonlySet<string>): Snapshot[] {
  const standing = new Set<string>();
  return chain.flatMap(({ defect: _defect, ...snapshot }) => {
    const { parent } = snapshot.record.chain;
    const { state, unmarked } = copyHere(snapshot);
    const isWhole = isUsable(state === 'condemned' ? unmarked : state) && !demoted.has(snapshot.id);
    if (!isWhole || (parent !== undefined && !standing.has(parent.snapshotId))) return [];
    standing.add(snapshot.id);
    return [{ ...snapshot, good: true }];
  });
}

function isUsable(state: CopyState | undefined): boolean {
  return state === 'present' || state === 'unknown';
}

export function demotedOf({ events }: Catalog): ReadonlySet<string> {
  const said = events.map(factsOf);
  return new Set(said.flatMap((one) => (one.event === 'demote' ? [one.facts.snapshotId] : [])));
}
