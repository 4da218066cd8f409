import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { failureFromErrno } from '../../domain/errno.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { writeFully } from './page-blocks.ts';
import { PAGE_BYTES } from './page-digests.ts';
import { readOffsets, type OffsetLine } from './page-offsets.ts';

/** Lays the changed pages of one level over the database of the level below it, in place. */
export async function replayLevel(link: ChainLink, path: string, scratch: string): Promise<Result<void>> {
  const { snapshotId } = link.record;
  const offsets = join(scratch, `offsets-${snapshotId}`);
  const listed = await link.deliver('offsets', { kind: 'file', path: offsets });
  if (!listed.ok) return listed;
  const file = await open(path, 'r+');
  try {
    const level: Level = { snapshotId, file, lines: readOffsets(offsets) };
    const consume = (bytes: AsyncIterable<Buffer>) => replay(level, bytes);
    const replayed = await link.deliver('pages', { kind: 'bytes', consume });
    await level.lines.return(undefined);
    if (!replayed.ok) return replayed;
    await file.sync();
    return ok();
  } finally {
    await file.close();
  }
}

interface Level {
  readonly snapshotId: string;
  readonly file: FileHandle;
  readonly lines: AsyncGenerator<OffsetLine | undefined>;
}

async function replay(level: Level, bytes: AsyncIterable<Buffer>): Promise<Result<void>> {
  try {
    return await writePages(level, bytes);
  } catch (error) {
    return failed(failureFromErrno(error, 'the changed pages cannot be written'));
  }
}

async function writePages(level: Level, bytes: AsyncIterable<Buffer>): Promise<Result<void>> {
  const { file, lines, snapshotId } = level;
  const first = (await lines.next()).value as OffsetLine | undefined;
  if (first?.kind !== 'size') return failed(damaged(snapshotId, 'its offsets do not begin with a size'));
  await file.truncate(first.bytes);
  const places = placesOf(lines, first.bytes);
  let place = await places.next();
  let filled = 0;
  for await (const chunk of bytes) {
    for (let rest = chunk; rest.length > 0;) {
      if (place.done === true) {
        return failed(damaged(snapshotId, place.value ?? 'it has more pages than offsets'));
      }
      const { position, length } = place.value;
      const part = rest.subarray(0, length - filled);
      await writeFully(file, part, position + filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < length) continue;
      place = await places.next();
      filled = 0;
    }
  }
  if (place.done !== true) return failed(damaged(snapshotId, 'it has fewer pages than offsets'));
  return place.value === undefined ? ok() : failed(damaged(snapshotId, place.value));
}

interface Place {
  readonly position: number;
  readonly length: number;
}

/** Where the next bytes belong; at its end it returns what is wrong with the list, if anything is. */
async function* placesOf(lines: Level['lines'], size: number): AsyncGenerator<Place, string | undefined> {
  let next = 0;
  for await (const line of lines) {
    if (line?.kind === 'sha256') return undefined;
    if (line?.kind !== 'run') break;
    const { page, count } = line.run;
    const position = page * PAGE_BYTES;
    const end = Math.min((page + count) * PAGE_BYTES, size);
    if (page < next || end <= position) break;
    yield { position, length: end - position };
    next = page + count;
  }
  return 'its offsets are not in order, or end early';
}

function damaged(snapshotId: string, why: string): Failure {
  return failure('CORRUPT', `snapshot ${snapshotId} cannot be laid over its parent: ${why}`);
}
