import type { Snapshot } from '../domain/snapshot.ts';

/**
 * Newest last. A snapshot comes after every one that its writer had seen, whatever their clocks
 * said; otherwise the time of the data decides. So a clock that was once wrong displaces nothing.
 */
export function orderSnapshots(snapshots: readonly Snapshot[]): Snapshot[] {
  const ranks = rank(snapshots);
  const rankOf = ({ id }: Snapshot): number => ranks.get(id) ?? 0;
  return snapshots.toSorted((left, right) => rankOf(left) - rankOf(right) || (left.id < right.id ? -1 : 1));
}

/** Each one's own time, raised above the ranks of all it names. */
function rank(snapshots: readonly Snapshot[]): ReadonlyMap<string, number> {
  const byDigest = new Map(
    snapshots.flatMap((snapshot) =>
      snapshot.copies.map(({ recordSha256 }) => [recordSha256, snapshot] as const),
    ),
  );
  const ranks = new Map<string, number>();
  for (const start of snapshots) {
    // An own stack: histories are longer than the call stack is deep.
    const stack = [start];
    // A record names only earlier ones, but copies of one snapshot are made at different times: who is
    // still waited for is not waited for again.
    const waiting = new Set<string>();
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const named = ranks.has(top.id) ? [] : seenBy(top, byDigest);
      const unranked = named.filter(({ id }) => !ranks.has(id) && !waiting.has(id));
      stack.push(...unranked);
      if (unranked.length > 0) {
        waiting.add(top.id);
        continue;
      }
      stack.pop();
      const above = Math.max(...named.map(({ id }) => (ranks.get(id) ?? 0) + 1), top.consistentAtMs);
      if (!ranks.has(top.id)) ranks.set(top.id, above);
    }
  }
  return ranks;
}

function seenBy(snapshot: Snapshot, byDigest: ReadonlyMap<string, Snapshot>): Snapshot[] {
  const digests = snapshot.copies.flatMap(({ record }) => [
    ...record.parents,
    ...(record.chain.parent ? [record.chain.parent.recordSha256] : []),
  ]);
  const seen = digests
    .map((digest) => byDigest.get(digest))
    .filter((other) => other !== undefined && other.id !== snapshot.id);
  return [...new Set(seen)] as Snapshot[];
}
