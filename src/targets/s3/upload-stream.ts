import { createHash } from 'node:crypto';
import type { ObjectUpload, StagedFile, TransferOptions } from '../../domain/target.ts';
import { attempt, Refusal, requireGoing } from './attempt.ts';
import { beginUpload } from './begin-upload.ts';
import type { Bucket } from './bucket.ts';
import { growingPartSize } from './part-sizes.ts';
import type { PartedUpload } from './parted-upload.ts';
import type { Publication } from './create-new.ts';
import { putObject } from './put-object.ts';

/** Parts grow with the object, so that the memory for them is small as long as the object is. */
export function startStream(bucket: Bucket, key: string, transfer: TransferOptions): ObjectUpload {
  const doing = `uploading ${key}`;
  const hash = createHash('sha256');
  let upload: PartedUpload | undefined;
  let part = 1;
  let body: Buffer = Buffer.allocUnsafeSlow(growingPartSize(part));
  let filled = 0;
  let total = 0;

  const addPart = async (): Promise<void> => {
    upload ??= await beginUpload(bucket, key, transfer);
    await upload.add(body.subarray(0, filled));
    part += 1;
    filled = 0;
  };
  const take = async (chunk: Buffer): Promise<void> => {
    requireGoing(transfer.signal, doing);
    hash.update(chunk);
    total += chunk.length;
    for (let from = 0; from < chunk.length;) {
      if (filled === body.length) {
        await addPart();
        body = upload?.borrow(growingPartSize(part)) ?? body;
      }
      const copied = chunk.copy(body, filled, from);
      filled += copied;
      from += copied;
    }
  };
  const publish = async (expected: Pick<StagedFile, 'bytes' | 'sha256'>): Promise<Publication> => {
    requireGoing(transfer.signal, doing);
    if (total !== expected.bytes || hash.digest('hex') !== expected.sha256)
      throw new Refusal('CORRUPT', `${doing}: not the bytes that were to be written`);
    if (upload === undefined) {
      await transfer.pace?.(filled);
      const publication = await putObject(bucket, key, body.subarray(0, filled), transfer);
      transfer.onProgress?.(total);
      return publication;
    }
    await addPart();
    const publication = await upload.complete(total);
    if (publication === 'exists') await upload.abort();
    return publication;
  };
  return {
    write: (chunk) => attempt(doing, () => take(chunk)),
    finish: async (expected) => {
      const published = await attempt(doing, () => publish(expected));
      // Its bytes are not on a disk: nothing could go on with these parts.
      if (!published.ok) await upload?.abort();
      return published;
    },
    abort: async () => upload?.abort(),
  };
}
