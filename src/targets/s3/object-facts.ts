import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectFacts } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { hasCode, storeErrorOf } from './store-failure.ts';

/** Undefined where there is no such object; whether there is a bucket, the caller knows. */
export async function head(
  bucket: Bucket,
  key: string,
  signal?: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await use(bucket, (s3) => s3.headObject(at(bucket, key), until(signal)));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** An answer of 404 to a HEAD does not say what is absent: the bucket is asked for, too. */
export async function statObject(bucket: Bucket, key: string): Promise<ObjectFacts | undefined> {
  const found = await head(bucket, key);
  if (found === undefined) {
    await requireBucket(bucket);
    return undefined;
  }
  const archived = archivedOf(found.ArchiveStatus ?? found.StorageClass, restoreOf(found));
  return {
    size: sizeOf(found, key),
    modifiedMs: found.LastModified?.getTime() ?? 0,
    ...(archived === undefined ? {} : { archived }),
  };
}

export async function requireBucket(bucket: Bucket): Promise<void> {
  try {
    await use(bucket, (s3) => s3.headBucket({ Bucket: bucket.options.bucket }));
  } catch (error) {
    if (isAbsent(error)) throw noBucket(bucket);
    throw error;
  }
}

export function noBucket({ options }: Bucket): Refusal {
  return new Refusal('TARGET_UNREACHABLE', `the bucket ${options.bucket} does not exist`, {
    facts: { absent: true },
    hint: 'Create the bucket, or correct its name. Buckets are never created by backup-plan.',
  });
}

export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'NotFound', 'NoSuchKey') || storeErrorOf(error)?.code === '404';
}

export function sizeOf(
  { ContentLength }: { readonly ContentLength?: number | undefined },
  key: string,
): number {
  if (ContentLength === undefined)
    throw new Refusal('TARGET_IO', `the store does not say how large ${key} is`);
  return ContentLength;
}

const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE', 'ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS']);

export type Restore = 'none' | 'under way' | 'done';

/** GLACIER_IR and the like are read as anything else. */
export function archivedOf(storageClass: string | undefined, restore: Restore): ObjectFacts['archived'] {
  if (storageClass === undefined || !ARCHIVES.has(storageClass) || restore === 'done') return undefined;
  return restore === 'under way' ? 'thawing' : 'archived';
}

/** `ongoing-request="true"`, or `ongoing-request="false", expiry-date="…"`. */
export function restoreOf({ Restore }: { readonly Restore?: string | undefined }): Restore {
  if (Restore === undefined) return 'none';
  if (Restore.includes('ongoing-request="true"')) return 'under way';
  return Restore.includes('ongoing-request="false"') ? 'done' : 'none';
}
