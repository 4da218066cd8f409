import type { Copy, CopyState, Snapshot } from '../../domain/snapshot.ts';
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

/**
 * Lowest level first: a snapshot is good here where its copy is whole and stands on whole ones. What
 * was demoted is not good, but what was built on it before may be.
 */
function judgeHere(chain: readonly Snapshot[]): Snapshot[] {
  const standing = new Set<string>();
  return chain.map((snapshot) => {
    const { state, demoted } = copyHere(snapshot);
    const { parent } = snapshot.record.chain;
    const stands = parent === undefined || standing.has(parent.snapshotId);
    if (isUsable(state) && stands) standing.add(snapshot.id);
    if (!snapshot.good || (standing.has(snapshot.id) && demoted !== true)) return snapshot;
    return { ...snapshot, good: false, defect: defectHere(state, stands) };
  });
}

function defectHere(state: CopyState, stands: boolean): string {
  if (!isUsable(state)) return `its data here is ${state}`;
  return stands ? 'it was built here on what a prune had condemned' : 'its parent is not good here';
}

/**
 * The same chain as if its marks were cancelled. What was demoted, is damaged or has lost an ancestor
 * stays out: nothing makes it good again, and it must not hold the chain.
 */
export function asIfReprieved(chain: readonly Snapshot[]): Snapshot[] {
  const standing = new Set<string>();
  return chain.flatMap(({ defect: _defect, ...snapshot }) => {
    const { parent } = snapshot.record.chain;
    const { state, unmarked, demoted } = copyHere(snapshot);
    const isWhole = isUsable(state === 'condemned' ? unmarked : state);
    if (!isWhole || (parent !== undefined && !standing.has(parent.snapshotId))) return [];
    standing.add(snapshot.id);
    return demoted === true ? [] : [{ ...snapshot, good: true }];
  });
}

function isUsable(state: CopyState | undefined): boolean {
  return state === 'present' || state === 'archived' || state === 'unknown';
}
