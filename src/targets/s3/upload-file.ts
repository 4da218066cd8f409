import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FAILURE_KINDS } from '../../domain/failure.ts';
import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { failureOf, Refusal, requireGoing } from './attempt.ts';
import { beginUpload, resumeUpload } from './begin-upload.ts';
import type { Bucket } from './bucket.ts';
import { head } from './object-facts.ts';
import { partSizeOf, PART_LIMITS } from './part-sizes.ts';
import type { PartedUpload } from './parted-upload.ts';
import type { Publication } from './create-new.ts';
import { putObject } from './put-object.ts';

/**
 * In one request where the file is small, else in parts. What fails in a way that may pass leaves its parts
 * to the next attempt, which goes on there.
 */
export async function uploadFile(
  bucket: Bucket,
  key: string,
  staged: StagedFile,
  transfer: TransferOptions,
): Promise<Publication> {
  requireGoing(transfer.signal, `uploading ${key}`);
  const file = await openStaged(staged);
  try {
    return staged.bytes <= PART_LIMITS.partBytes
      ? await uploadWhole(bucket, key, { file, staged, transfer })
      : await uploadInParts(bucket, key, { file, staged, transfer });
  } finally {
    await file.close();
  }
}

interface Source {
  readonly file: FileHandle;
  readonly staged: StagedFile;
  readonly transfer: TransferOptions;
}

async function uploadWhole(
  bucket: Bucket,
  key: string,
  { file, staged, transfer }: Source,
): Promise<Publication> {
  const body = Buffer.allocUnsafe(staged.bytes);
  await readFully(file, body, 0, staged);
  if (createHash('sha256').update(body).digest('hex') !== staged.sha256) throw changed(staged);
  await transfer.pace?.(body.length);
  const publication = await putObject(bucket, key, body, transfer);
  transfer.onProgress?.(body.length);
  return publication;
}

async function uploadInParts(bucket: Bucket, key: string, source: Source): Promise<Publication> {
  const { staged, transfer } = source;
  if ((await head(bucket, key, transfer.signal)) !== undefined) return 'exists';
  const upload = (await resumeUpload(bucket, key, transfer)) ?? (await beginUpload(bucket, key, transfer));
  try {
    await addParts(upload, source);
    const publication = await upload.complete(staged.bytes);
    if (publication === 'exists') await upload.abort();
    return publication;
  } catch (error) {
    await (isPassing(error) ? upload.leave() : upload.abort());
    throw error;
  }
}

/** The digest is known to be right before the last part is asked for, and nothing is visible before `complete`. */
async function addParts(upload: PartedUpload, { file, staged }: Source): Promise<void> {
  const partBytes = partSizeOf(staged.bytes);
  const hash = createHash('sha256');
  for (let start = 0; start < staged.bytes; start += partBytes) {
    const body = upload.borrow(Math.min(partBytes, staged.bytes - start));
    await readFully(file, body, start, staged);
    hash.update(body);
    await upload.add(body);
  }
  if (hash.digest('hex') !== staged.sha256) throw changed(staged);
}

async function openStaged(staged: StagedFile): Promise<FileHandle> {
  const file = await open(
    staged.path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  });
  const stats = await file?.stat();
  if (file !== undefined && stats?.isFile() === true && stats.size === staged.bytes) return file;
  await file?.close();
  throw changed(staged);
}

async function readFully(file: FileHandle, into: Buffer, start: number, staged: StagedFile): Promise<void> {
  for (let filled = 0; filled < into.length;) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, start + filled);
    if (bytesRead === 0) throw changed(staged);
    filled += bytesRead;
  }
}

function changed({ path }: StagedFile): Refusal {
  return new Refusal('CORRUPT', `${path} changed after it was staged`);
}

function isPassing(error: unknown): boolean {
  return FAILURE_KINDS[failureOf(error, 'uploading').code].retryable;
}
