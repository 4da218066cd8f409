import type { CompletedPart } from '@aws-sdk/client-s3';
import { Refusal } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { head } from './object-facts.ts';
import { ensureLocked } from './object-lock.ts';
import { createParts, type Parts, type PartedUploadRequest } from './parts.ts';
import type { Publication } from './create-new.ts';

/** An upload that the store knows of, to which parts are added in order. */
export interface PartedUpload extends Pick<Parts, 'add' | 'borrow'> {
  /** Publishes the object, unless there is one already. */
  complete(bytes: number): Promise<Publication>;
  /** Removes what the store has of it. */
  abort(): Promise<void>;
  /** Leaves what the store has, for a later attempt. */
  leave(): Promise<void>;
}

export function createPartedUpload(bucket: Bucket, request: PartedUploadRequest): PartedUpload {
  const { key, uploadId, transfer } = request;
  const place = { ...at(bucket, key), UploadId: uploadId };
  const parts = createParts(bucket, request);
  return {
    ...parts,
    complete: async (bytes) => {
      const Parts = await parts.all();
      if ((await head(bucket, key, transfer.signal)) !== undefined) return 'exists';
      await publish(bucket, key, { place, Parts, bytes, signal: transfer.signal });
      return 'created';
    },
    abort: async () => {
      await parts.stop();
      // What stays is seen by the next list, and collected when it is old.
      await use(bucket, (s3) => s3.abortMultipartUpload(place)).catch(() => undefined);
    },
    leave: () => parts.stop(),
  };
}

interface Publishing {
  readonly place: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  readonly Parts: CompletedPart[];
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
}

/** What counts is what lies there afterwards: an answer can be lost, and an answer of 200 can be an error. */
async function publish(
  bucket: Bucket,
  key: string,
  { place, Parts, bytes, signal }: Publishing,
): Promise<void> {
  const problem = await use(bucket, (s3) =>
    s3.completeMultipartUpload({ ...place, MultipartUpload: { Parts } }, until(signal)),
  ).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const found = await head(bucket, key);
  if (problem !== undefined && found?.ContentLength !== bytes) throw problem.error;
  if (found === undefined)
    throw new Refusal('TARGET_IO', `${key} is not there after its upload was completed`);
  if (found.ContentLength !== bytes)
    throw new Refusal(
      'TARGET_IO',
      `${key} has ${String(found.ContentLength)} bytes where ${String(bytes)} were sent`,
    );
  await ensureLocked(bucket, key, found);
}
