import type { Snapshot } from '../domain/snapshot.ts';

/**
 * Newest last. A snapshot comes after every one that its writer had seen, whatever their clocks
 * said; otherwise the time of the data decides. So a clock that was once wrong displaces nothing.
 */
export function orderSnapshots(snapshots: readonly Snapshot[]): Snapshot[] {
  // By time first, so that most of what a snapshot names is ranked before it.
  const byTime = snapshots.toSorted(
    (left, right) => left.consistentAtMs - right.consistentAtMs || (left.id < right.id ? -1 : 1),
  );
  const ranks = rank(byTime);
  const ranked = byTime.map((snapshot) => ({ snapshot, rank: ranks.get(snapshot.id) ?? 0 }));
  return ranked
    .sort((left, right) => left.rank - right.rank || (left.snapshot.id < right.snapshot.id ? -1 : 1))
    .map(({ snapshot }) => snapshot);
}

/** Each one's own time, raised above the ranks of all it names. */
function rank(snapshots: readonly Snapshot[]): ReadonlyMap<string, number> {
  const byDigest = new Map<string, Snapshot>();
  for (const snapshot of snapshots)
    for (const { recordSha256 } of snapshot.copies) byDigest.set(recordSha256, snapshot);
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

function seenBy({ id, copies }: Snapshot, byDigest: ReadonlyMap<string, Snapshot>): Snapshot[] {
  const seen: Snapshot[] = [];
  const see = (digest: string): void => {
    const other = byDigest.get(digest);
    if (other !== undefined && other.id !== id && !seen.includes(other)) seen.push(other);
  };
  for (const { record } of copies) {
    record.parents.forEach(see);
    if (record.chain.parent !== undefined) see(record.chain.parent.recordSha256);
  }
  return seen;
}
