import type { Repository } from '../catalog/repository.ts';
import { failure } from '../domain/failure.ts';
import type { ChainRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Catalog } from '../domain/snapshot.ts';
import { copyOn } from './seen-catalog.ts';

/** The parent's record must still be on this target: a chain is whole on each target or it is no chain. */
export async function checkParentRecord(
  { target }: Repository,
  { parent }: ChainRecord,
  catalog: Catalog,
): Promise<Result<void>> {
  if (parent === undefined) return ok();
  const copy = copyOn(catalog, parent.snapshotId, target.name);
  const there = copy === undefined ? ok(undefined) : await target.stat(copy.record.key);
  if (!there.ok) return there;
  if (there.value !== undefined) return ok();
  return failed(
    failure('CATALOG_GAP', `the parent ${parent.snapshotId} is not on ${target.name}`, {
      hint: 'The next apply copies it there if it can; else the next backup is a full.',
    }),
  );
}

/** The parent is named by the digest of its record on the same target. */
export function chainOn({ parent, ...chain }: ChainRecord, catalog: Catalog, target: string): ChainRecord {
  if (parent === undefined) return chain;
  const recordSha256 = copyOn(catalog, parent.snapshotId, target)?.recordSha256 ?? parent.recordSha256;
  return { ...chain, parent: { ...parent, recordSha256 } };
}
