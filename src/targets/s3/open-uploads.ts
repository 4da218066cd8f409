import { createHash } from 'node:crypto';
import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { ListedObject } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { use, type Bucket, type OpenUpload } from './bucket.ts';
import { hasCode } from './store-failure.ts';

/**
 * Uploads in parts that were begun and never ended, by this run or by one that was killed. They take space and
 * no list of objects shows them, so they are listed as what they are elsewhere: files below `tmp/`.
 */
export async function listOpenUploads(bucket: Bucket): Promise<ListedObject[]> {
  bucket.openUploads.clear();
  for (const upload of await allUploads(bucket)) {
    const key = stagingKey(upload);
    if (key !== undefined) bucket.openUploads.set(key, upload);
  }
  return [...bucket.openUploads].map(([key, { initiatedMs }]) => ({ key, size: 0, modifiedMs: initiatedMs }));
}

export function isOpenUpload(key: string): boolean {
  return key.startsWith('tmp/');
}

export async function abortOpenUpload(bucket: Bucket, key: string): Promise<void> {
  if (!bucket.openUploads.has(key)) await listOpenUploads(bucket);
  const upload = bucket.openUploads.get(key);
  if (upload === undefined) return;
  const { bucket: Bucket, prefix } = bucket.options;
  const place = { Bucket, Key: `${prefix}${upload.key}`, UploadId: upload.uploadId };
  await use(bucket, (s3) => s3.abortMultipartUpload(place)).catch((error: unknown) => {
    if (!hasCode(error, 'NoSuchUpload')) throw error;
  });
  bucket.openUploads.delete(key);
}

async function allUploads(bucket: Bucket): Promise<OpenUpload[]> {
  const { bucket: Bucket, prefix: Prefix } = bucket.options;
  const uploads: OpenUpload[] = [];
  let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const marker = next;
    const page: ListMultipartUploadsCommandOutput = await use(bucket, (s3) =>
      s3.listMultipartUploads({ Bucket, Prefix, ...marker }),
    );
    for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
      if (UploadId === undefined || Initiated === undefined) continue;
      uploads.push({ key: Key.slice(Prefix.length), uploadId: UploadId, initiatedMs: Initiated.getTime() });
    }
    next = nextOf(page, marker);
  }
  return uploads;
}

function nextOf(
  { IsTruncated, NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput,
  { KeyMarker, UploadIdMarker }: { readonly KeyMarker?: string; readonly UploadIdMarker?: string },
): { KeyMarker: string; UploadIdMarker?: string } | undefined {
  if (IsTruncated !== true) return undefined;
  const isSame = NextKeyMarker === KeyMarker && NextUploadIdMarker === UploadIdMarker;
  if (NextKeyMarker === undefined || isSame)
    throw new Refusal(
      'TARGET_IO',
      'listing uploads: the store says that there is more and does not say what',
    );
  return {
    KeyMarker: NextKeyMarker,
    ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
  };
}

const ARTIFACT =
  /^[a-z0-9][a-z0-9._-]*\/data\/[a-z0-9][a-z0-9._-]*\/(\d{8}t\d{6}z-[0-9a-z]{16})\/[a-z0-9._-]+\.gpg$/;
const ULID_DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * `tmp/<id>/<snapshotId>.<id>.part`, as the format has it for what a run stages for a snapshot; the id, in the
 * form of that of a run, is a digest of the upload's own. Undefined for what is not ours.
 */
function stagingKey({ key, uploadId }: OpenUpload): string | undefined {
  const snapshotId = ARTIFACT.exec(key)?.[1];
  if (snapshotId === undefined) return undefined;
  const digest = createHash('sha256').update(key).update('\0').update(uploadId).digest();
  const letters = [...digest.subarray(0, 25)].map((byte) => ULID_DIGITS[byte % 32]);
  return `tmp/0${letters.join('')}/${snapshotId}.part`;
}
