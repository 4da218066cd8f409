import type { Catalog, Copy } from '../domain/snapshot.ts';

/** What a new record says about the records before it, so that later readers notice when one is gone. */
export interface SeenHeads {
  /** Digests of the newest records of the resource on the target itself. */
  readonly parents: readonly string[];
  /** Digest of the newest record of the resource on each other target that was read. */
  readonly anchors: Readonly<Record<string, string>>;
}

export function headsFor(catalog: Catalog, resource: string, target: string): SeenHeads {
  const copies = catalog.snapshots
    .filter((snapshot) => snapshot.resource === resource)
    .flatMap((snapshot) => snapshot.copies);
  const targets = [...new Set(copies.map((copy) => copy.target))].filter((name) => name !== target);
  const anchors = targets
    .sort()
    .map((name) => [name, copies.findLast((copy) => copy.target === name)?.recordSha256 ?? ''] as const);
  return {
    parents: unnamed(copies.filter((copy) => copy.target === target)),
    anchors: Object.fromEntries(anchors),
  };
}

/** Those that no other one names: the ends of history. */
function unnamed(copies: readonly Copy[]): string[] {
  const named = new Set(copies.flatMap(({ record }) => record.parents));
  return copies
    .map(({ recordSha256 }) => recordSha256)
    .filter((digest) => !named.has(digest))
    .sort();
}
