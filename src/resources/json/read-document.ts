import { isUtf8 } from 'node:buffer';
import { constants, type BigIntStats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { formatBytes } from '../../domain/size.ts';

/** A document as it lay there at one moment. */
export interface ReadDocument {
  readonly configured: string;
  /** Absolute, links resolved. */
  readonly resolved: string;
  readonly bytes: Buffer;
  readonly stats: BigIntStats;
}

interface Place {
  readonly configured: string;
  readonly planDirectory: string;
  readonly maxBytes: number;
}

/** A writer that is at work right now is mostly done soon; one that never rests is for the caller. */
const READS = 3;

/**
 * Reads all of one file: it is opened once, so that a rename does not mix two of them, and its size
 * and times must be the same before and after.
 */
export async function readDocument(place: Place): Promise<Result<ReadDocument>> {
  const resolved = await resolvePath(place);
  if (!resolved.ok) return resolved;
  for (let reads = 1; ; reads += 1) {
    const read = await readOnce(place, resolved.value);
    if (read.ok) return ok({ configured: place.configured, resolved: resolved.value, ...read.value });
    if (read.failure.code !== 'SOURCE_CHANGED' || reads === READS) return read;
  }
}

async function resolvePath({ configured, planDirectory }: Place): Promise<Result<string>> {
  try {
    const path = await realpath(resolve(planDirectory, configured), 'buffer');
    if (isUtf8(path)) return ok(path.toString());
    return failed(failure('SOURCE_UNSUPPORTED', `${configured} leads to a path that is no UTF-8`));
  } catch (error) {
    return failed(unreadable(configured, error));
  }
}

async function readOnce(
  { configured, maxBytes }: Place,
  path: string,
): Promise<Result<Pick<ReadDocument, 'bytes' | 'stats'>>> {
  let file: FileHandle | undefined;
  try {
    // Opening a pipe must not wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await file.stat({ bigint: true });
    const unfit = defectOf(configured, stats, maxBytes);
    if (unfit !== undefined) return failed(unfit);
    const bytes = await readBytes(file, Number(stats.size) + 1);
    const after = await file.stat({ bigint: true });
    if (bytes.length === Number(stats.size) && isSame(stats, after)) return ok({ bytes, stats });
    return failed(failure('SOURCE_CHANGED', `${configured} changed while it was read`));
  } catch (error) {
    return failed(unreadable(configured, error));
  } finally {
    await file?.close();
  }
}

function defectOf(configured: string, stats: BigIntStats, maxBytes: number): Failure | undefined {
  if (!stats.isFile()) return failure('SOURCE_UNSUPPORTED', `${configured} is no regular file`);
  if (stats.size <= BigInt(maxBytes)) return undefined;
  const sizes = `${formatBytes(Number(stats.size))}, more than maxSize ${formatBytes(maxBytes)}`;
  return failure('SIZE_LIMIT', `${configured} has ${sizes}`);
}

/** One byte more than expected is asked for, to see that there is none. */
async function readBytes(file: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs;
}

function unreadable(configured: string, error: unknown): Failure {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return failure('SOURCE_MISSING', `${configured} does not exist`);
  }
  return failure('SOURCE_UNREADABLE', `cannot read ${configured}: ${code}`);
}
