import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import type { FileLayer } from './file-layer.ts';

const CHUNK_BYTES = 1024 * 1024;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A new private file with these bytes, durable when this returns; gone when it throws. */
export async function writeNewFile(layer: FileLayer, path: string, bytes: Uint8Array): Promise<void> {
  await createFile(layer, path, (handle) => writeFully(handle, bytes));
}

/** Copies a staged file into a new one, comparing size and digest on the way. */
export async function copyToNewFile(
  layer: FileLayer,
  path: string,
  staged: StagedFile,
  options: TransferOptions,
): Promise<void> {
  const source = await layer.open(staged.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await createFile(layer, path, (handle) => copy(source, handle, staged, options));
  } finally {
    await source.close();
  }
}

/**
 * A file of which an fsync failed is thrown away: the kernel may have dropped its dirty pages and
 * would call a second fsync a success.
 */
async function createFile(
  layer: FileLayer,
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await layer.open(path, CREATE, 0o600);
  try {
    try {
      await handle.chmod(0o600);
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await layer.unlink(path).catch(() => undefined);
    throw error;
  }
}

async function copy(
  source: FileHandle,
  destination: FileHandle,
  staged: StagedFile,
  { signal, onProgress }: TransferOptions,
): Promise<void> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let total = 0;
  for (;;) {
    if (signal?.aborted === true) throw new Refusal('INTERRUPTED', `copying ${staged.path} was interrupted`);
    const { bytesRead } = await source.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    hash.update(part);
    await writeFully(destination, part);
    total += bytesRead;
    onProgress?.(total);
  }
  if (total !== staged.bytes || hash.digest('hex') !== staged.sha256)
    throw new Refusal('CORRUPT', `${staged.path} changed after it was staged`);
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset, null);
    offset += bytesWritten;
  }
}
