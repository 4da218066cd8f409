import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { Refusal } from './attempt.ts';
import { at, type Bucket } from './bucket.ts';
import { hasCode } from './store-failure.ts';

/**
 * Removes every version of an object, and delete markers last, so that nothing comes to light again in the
 * middle. Versions are removed by their id, which never leaves a delete marker: what is locked stays as it is.
 */
export async function removeObject(bucket: Bucket, key: string): Promise<void> {
  const { pruning } = bucket;
  if (!(await hasVersions(bucket))) {
    await pruning.use((s3) => s3.deleteObject(at(bucket, key)));
    return;
  }
  const { versions, markers } = await versionsOf(bucket, key);
  const refusals: Refusal[] = [];
  for (const VersionId of versions) {
    const refusal = await removeVersion(bucket, key, VersionId);
    if (refusal !== undefined) refusals.push(refusal);
  }
  const longest = refusals.toSorted(byEndOfLock).at(-1);
  if (longest !== undefined) throw longest;
  for (const VersionId of markers)
    await pruning.use((s3) => s3.deleteObject({ ...at(bucket, key), VersionId }));
}

async function removeVersion(bucket: Bucket, key: string, VersionId: string): Promise<Refusal | undefined> {
  const { pruning } = bucket;
  try {
    await pruning.use((s3) => s3.deleteObject({ ...at(bucket, key), VersionId }));
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'AccessDenied', 'Forbidden', 'ObjectLocked', 'InvalidRequest')) throw error;
    const lock = await lockOf(bucket, key, VersionId);
    if (lock === undefined) throw error;
    return new Refusal('TARGET_DENIED', `${key} is locked ${lock.words}`, {
      hint: 'It can be removed once the lock has ended.',
      facts: { key, locked: true, ...(lock.until === undefined ? {} : { lockedUntil: lock.until }) },
    });
  }
}

/** A hold, which has no end, comes last. */
function byEndOfLock(left: Refusal, right: Refusal): number {
  const [a, b] = [left, right].map(({ failure: { facts } }) => String(facts?.['lockedUntil'] ?? '~'));
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

async function lockOf(
  bucket: Bucket,
  key: string,
  VersionId: string,
): Promise<{ readonly words: string; readonly until?: string } | undefined> {
  const found = await bucket.pruning
    .use((s3) => s3.headObject({ ...at(bucket, key), VersionId }))
    .catch(() => undefined);
  if (found?.ObjectLockLegalHoldStatus === 'ON') return { words: 'by a legal hold, until somebody lifts it' };
  const until = found?.ObjectLockRetainUntilDate;
  if (until === undefined || until.getTime() < bucket.nowMs()) return undefined;
  return { words: `until ${until.toISOString()}`, until: until.toISOString() };
}

/** Who may not ask, or whom the store does not understand, gets the way that is right for both. */
async function hasVersions({ options, pruning }: Bucket): Promise<boolean> {
  try {
    const { Status } = await pruning.use((s3) => s3.getBucketVersioning({ Bucket: options.bucket }));
    return Status !== undefined;
  } catch (error) {
    if (hasCode(error, 'NotImplemented', '501')) return false;
    if (hasCode(error, 'AccessDenied', 'Forbidden')) return true;
    throw error;
  }
}

async function versionsOf(
  bucket: Bucket,
  key: string,
): Promise<{ readonly versions: string[]; readonly markers: string[] }> {
  const { Bucket, Key } = at(bucket, key);
  const versions: string[] = [];
  const markers: string[] = [];
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const marker = next;
    const page: ListObjectVersionsCommandOutput = await bucket.pruning.use((s3) =>
      s3.listObjectVersions({ Bucket, Prefix: Key, ...marker }),
    );
    versions.push(...idsOf(page.Versions, Key));
    markers.push(...idsOf(page.DeleteMarkers, Key));
    next = nextOf(page, Key);
  }
  return { versions: versions.reverse(), markers };
}

function idsOf(
  entries: readonly { readonly Key?: string | undefined; readonly VersionId?: string | undefined }[] = [],
  key: string,
): string[] {
  return entries.flatMap((entry) => (entry.Key === key ? [entry.VersionId ?? 'null'] : []));
}

/** Undefined once all versions of this key have come: keys that merely begin with it sort after it. */
function nextOf(
  { IsTruncated, NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput,
  key: string,
): { KeyMarker: string; VersionIdMarker?: string } | undefined {
  if (IsTruncated !== true || NextKeyMarker !== key) return undefined;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
}
