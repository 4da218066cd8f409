import { briefOf } from '../domain/record-brief.ts';
import type { CatalogProblem } from '../domain/snapshot.ts';
import type { FoundRecord, TargetReading } from './read-records.ts';

/**
 * Records name the newest ones that their writer saw, on the same target (`parents`) and on the
 * others (`anchors`). One that is named and not there was removed: by somebody, or by a target
 * that was rolled back. One that a prune deleted is explained by the event it wrote there.
 */
export function findGaps(readings: readonly TargetReading[]): CatalogProblem[] {
  const present = new Map(
    readings.map(({ repository, records }) => [
      repository.target.name,
      new Set(records.map(({ recordSha256 }) => recordSha256)),
    ]),
  );
  const extracts = new Set(
    readings.flatMap(({ repository: { target } }) =>
      target.capabilities.extract === true ? [target.name] : [],
    ),
  );
  const pruned = new Map(readings.map(({ repository, life }) => [repository.target.name, life]));
  const created = new Map(readings.map(({ repository }) => [repository.target.name, repository.createdMs]));
  const gaps = new Map<string, CatalogProblem>();
  for (const found of readings.flatMap(({ records }) => records)) {
    for (const { target, digest } of namedBy(found)) {
      const isOlder = briefOf(found.record).committedMs < (created.get(target) ?? Infinity);
      // A target that was not read, was made anew since or is a part of one cannot be expected to have it.
      if (extracts.has(target) || pruned.get(target)?.isGone(digest) === true) continue;
      if (isOlder || present.get(target)?.has(digest) === true || gaps.has(`${target} ${digest}`)) continue;
      gaps.set(`${target} ${digest}`, gapOf(target, digest, found));
    }
  }
  return [...gaps.values()];
}

function namedBy({ repository, record }: FoundRecord): { target: string; digest: string }[] {
  const own = record.parents.map((digest) => ({ target: repository.target.name, digest }));
  const others = Object.entries(record.anchors).map(([target, digest]) => ({ target, digest }));
  return [...own, ...others];
}

function gapOf(target: string, digest: string, { record }: FoundRecord): CatalogProblem {
  const message = `a record that ${record.snapshotId} of ${record.resource} names is not there (${digest.slice(0, 12)})`;
  return { target, key: record.key, code: 'CATALOG_GAP', message };
}
