import type { TransferOptions } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { createPartedUpload, type PartedUpload } from './parted-upload.ts';
import type { HeldPart } from './parts.ts';
import { storeErrorOf } from './store-failure.ts';
import { writeSettings } from './write-settings.ts';

/** A new upload, of which the store has nothing yet. */
export async function beginUpload(
  bucket: Bucket,
  key: string,
  transfer: TransferOptions,
): Promise<PartedUpload> {
  const settings = writeSettings(bucket, key, transfer.payload);
  const begun = await use(bucket, (s3) =>
    s3.createMultipartUpload({ ...at(bucket, key), ...settings }, until(transfer.signal)),
  );
  if (begun.UploadId === undefined)
    throw new Refusal('TARGET_IO', `uploading ${key}: the store gives no id for the upload`);
  return createPartedUpload(bucket, { key, uploadId: begun.UploadId, held: new Map(), transfer });
}

/**
 * The newest upload of this key that was begun, here or by a run that is gone, and never ended; undefined
 * where there is none, or the store will not say.
 */
export async function resumeUpload(
  bucket: Bucket,
  key: string,
  transfer: TransferOptions,
): Promise<PartedUpload | undefined> {
  try {
    const uploadId = await findUpload(bucket, key);
    if (uploadId === undefined) return undefined;
    const held = await heldParts(bucket, key, uploadId);
    return createPartedUpload(bucket, { key, uploadId, held, transfer });
  } catch (error) {
    // Going on is a matter of time only: one that starts anew is as good.
    if (storeErrorOf(error) === undefined) throw error;
    return undefined;
  }
}

async function findUpload(bucket: Bucket, key: string): Promise<string | undefined> {
  const { Bucket, Key } = at(bucket, key);
  const { Uploads = [] } = await use(bucket, (s3) => s3.listMultipartUploads({ Bucket, Prefix: Key }));
  const own = Uploads.filter((upload) => upload.Key === Key).toSorted(
    (left, right) => (right.Initiated?.getTime() ?? 0) - (left.Initiated?.getTime() ?? 0),
  );
  return own[0]?.UploadId;
}

async function heldParts(
  bucket: Bucket,
  key: string,
  UploadId: string,
): Promise<ReadonlyMap<number, HeldPart>> {
  const held = new Map<number, HeldPart>();
  let marker: string | undefined;
  do {
    const PartNumberMarker = marker === undefined ? {} : { PartNumberMarker: marker };
    const page = await use(bucket, (s3) =>
      s3.listParts({ ...at(bucket, key), UploadId, ...PartNumberMarker }),
    );
    for (const part of page.Parts ?? []) if (part.PartNumber !== undefined) held.set(part.PartNumber, part);
    const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    marker = next === marker ? undefined : next;
  } while (marker !== undefined);
  return held;
}
