import type { Snapshot } from '../domain/snapshot.ts';

/** Snapshots that stand and fall together, lowest level first, by the id of the full at the bottom. */
export type Chains = ReadonlyMap<string, readonly Snapshot[]>;

/**
 * Every snapshot belongs to the chain of its parent; one whose parent is not there, to the chain that
 * it names, so that a hole splits nothing.
 */
export function chainsOf(snapshots: readonly Snapshot[]): Chains {
  const rootOf = new Map<string, string>();
  const chains = new Map<string, Snapshot[]>();
  // A parent has a lower level, so it was seen before; one that claims otherwise is no parent.
  for (const snapshot of snapshots.toSorted(lowestFirst)) {
    const { parent, root: named } = snapshot.record.chain;
    const root = rootOf.get(parent?.snapshotId ?? '') ?? named;
    rootOf.set(snapshot.id, root);
    const chain = chains.get(root);
    if (chain === undefined) chains.set(root, [snapshot]);
    else chain.push(snapshot);
  }
  return chains;
}

function lowestFirst(a: Snapshot, b: Snapshot): number {
  return (
    a.record.chain.level - b.record.chain.level ||
    a.consistentAtMs - b.consistentAtMs ||
    (a.id < b.id ? -1 : 1)
  );
}
