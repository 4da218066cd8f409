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

/** A new private file, which one writes, and then either keeps or discards. */
export interface NewFile {
  readonly path: string;
  readonly handle: FileHandle;
  /**
   * Makes it durable. A file of which an fsync failed must be discarded: the kernel may have dropped its
   * dirty pages and would call a second fsync a success.
   */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

export async function openNewFile(layer: FileLayer, path: string): Promise<NewFile> {
  const handle = await layer.open(path, CREATE, 0o600);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  const discard = async (): Promise<void> => {
    await close().catch(() => undefined);
    await layer.unlink(path).catch(() => undefined);
  };
  try {
    await handle.chmod(0o600);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    path,
    handle,
    keep: async () => {
      await handle.sync();
      await close();
    },
    discard,
  };
}

async function createFile(
  layer: FileLayer,
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await openNewFile(layer, path);
  try {
    await write(file.handle);
    await file.keep();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function copy(
  source: FileHandle,
  destination: FileHandle,
  staged: StagedFile,
  { signal, pace, onProgress }: TransferOptions,
): Promise<void> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let total = 0;
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    await pace?.(bytesRead);
    requireGoing(signal, `copying ${staged.path}`);
    hash.update(part);
    await writeFully(destination, part);
    total += bytesRead;
    onProgress?.(total);
  }
  if (total !== staged.bytes || hash.digest('hex') !== staged.sha256)
    throw new Refusal('CORRUPT', `${staged.path} changed after it was staged`);
}

export function requireGoing(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted === true) throw new Refusal('INTERRUPTED', `${doing} was interrupted`);
}

export async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, offset, bytes.length - offset, null);
    offset += bytesWritten;
  }
}
