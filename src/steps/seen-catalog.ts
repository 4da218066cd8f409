import type { Catalog, Copy, Snapshot } from '../domain/snapshot.ts';

/** What a run knows of the targets: what it read when it began, and the copies that it has made since. */
export interface SeenCatalog {
  now(): Catalog;
  note(snapshotId: string, copy: Copy): void;
}

export function seenCatalog(read: Catalog): SeenCatalog {
  const made = new Map<string, readonly Copy[]>();
  let current = read;
  return {
    now: () => current,
    note: (snapshotId, copy) => {
      made.set(snapshotId, [...(made.get(snapshotId) ?? []), copy]);
      current = { ...read, snapshots: read.snapshots.map((one) => withCopies(one, made.get(one.id))) };
    },
  };
}

export function copyOn({ snapshots }: Catalog, snapshotId: string, target: string): Copy | undefined {
  return snapshots.find(({ id }) => id === snapshotId)?.copies.find((copy) => copy.target === target);
}

/** A copy whose data was brought back takes the place of what was left of it. */
function withCopies(snapshot: Snapshot, made: readonly Copy[] | undefined): Snapshot {
  if (made === undefined) return snapshot;
  const targets = new Set(made.map(({ target }) => target));
  return { ...snapshot, copies: [...snapshot.copies.filter(({ target }) => !targets.has(target)), ...made] };
}
