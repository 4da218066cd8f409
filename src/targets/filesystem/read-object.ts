import { constants, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Failure } from '../../domain/failure.ts';
import type { ObjectBytes, ReadOptions } from '../../domain/target.ts';
import { attempt, Refusal } from './attempt.ts';
import { ifPresent, type FileLayer } from './file-layer.ts';
import { segmentsOf } from './publish.ts';
import { findDirectory, checkRoot, type Root } from './root.ts';

const CHUNK_BYTES = 1024 * 1024;
/** O_NONBLOCK: a planted fifo must not hang us before it is seen to be none of ours. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The facts of a regular file under a key, or undefined where the key is free. */
export async function statObject(
  root: Root,
  key: string,
): Promise<{ path: string; stats: Stats } | undefined> {
  const segments = segmentsOf(key);
  const folder = await findDirectory(root, segments.slice(0, -1));
  if (folder === undefined) return undefined;
  const path = join(folder, segments.at(-1) ?? '');
  const stats = await ifPresent(root.layer.lstat(path));
  if (stats === undefined) {
    await checkRoot(root);
    return undefined;
  }
  if (!stats.isFile()) throw new Refusal('TARGET_UNSAFE', `${path} is not a regular file`);
  return { path, stats };
}

export async function readWhole(root: Root, key: string, maxBytes: number): Promise<Buffer | undefined> {
  const found = await statObject(root, key);
  if (found === undefined) return undefined;
  if (found.stats.size > maxBytes)
    throw new Refusal(
      'CORRUPT',
      `${key} has ${String(found.stats.size)} bytes, more than ${String(maxBytes)}`,
    );
  const handle = await openSame(root.layer, found.path, found.stats);
  try {
    const bytes = Buffer.allocUnsafe(found.stats.size);
    for (let offset = 0; offset < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, offset, bytes.length - offset, null);
      if (bytesRead === 0) throw new Refusal('TRUNCATED', `${key} ends early`);
      offset += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Opens the file only when the bytes are asked for, so that whoever uses `localPath` leaks nothing. */
export async function streamObject(
  root: Root,
  key: string,
  { signal, offset = 0 }: ReadOptions,
): Promise<ObjectBytes> {
  const found = await statObject(root, key);
  if (found === undefined) throw new Refusal('NOT_FOUND', `${key} does not exist`);
  const { path, stats } = found;
  if (offset > stats.size) throw new Refusal('TRUNCATED', `${key} ends before byte ${String(offset)}`);
  let failure_: Failure | undefined;
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    const opened = await attempt(`reading ${key}`, () => openSame(root.layer, path, stats));
    if (!opened.ok) {
      failure_ = opened.failure;
      return;
    }
    failure_ = yield* chunksOf(opened.value, { key, size: stats.size, offset, signal });
  }
  const local = offset === 0 ? { localPath: path } : {};
  return { size: stats.size, bytes: bytes(), failure: () => failure_, ...local };
}

interface Reading {
  readonly key: string;
  readonly size: number;
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
}

/** Two blocks take turns: the next is read while the reader works on the one it has. */
async function* chunksOf(
  handle: FileHandle,
  { key, size, offset, signal }: Reading,
): AsyncGenerator<Buffer, Failure | undefined, undefined> {
  const length = Math.min(CHUNK_BYTES, size - offset);
  const blocks = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)] as const;
  const readAt = (position: number, block: Buffer) => {
    const wanted = Math.min(block.length, size - position);
    return attempt(`reading ${key}`, () => handle.read(block, 0, wanted, position));
  };
  let position = offset;
  let [block, other] = blocks;
  let pending = readAt(position, block);
  try {
    while (position < size) {
      if (signal?.aborted === true) return failure('INTERRUPTED', `reading ${key} was interrupted`);
      const read = await pending;
      if (!read.ok) return read.failure;
      if (read.value.bytesRead === 0) return failure('TRUNCATED', `${key} ends early`);
      position += read.value.bytesRead;
      if (position < size) pending = readAt(position, other);
      yield block.subarray(0, read.value.bytesRead);
      [block, other] = [other, block];
    }
    return undefined;
  } finally {
    await pending;
    await handle.close();
  }
}

/** Between lstat and open the file may have been swapped for another. */
async function openSame(layer: FileLayer, path: string, expected: Stats): Promise<FileHandle> {
  const handle = await layer.open(path, READ);
  try {
    const stats = await handle.stat();
    if (stats.ino === expected.ino && stats.dev === expected.dev) return handle;
    throw new Refusal('TARGET_UNSAFE', `${path} was replaced while it was opened`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
