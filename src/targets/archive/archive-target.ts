import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { failureFromErrno } from '../../domain/errno.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ListedObject, ObjectBytes, ReadOptions, Target } from '../../domain/target.ts';
import { readContents, type Contents, type Place } from './read-contents.ts';

/** A target in one file, as `export` writes it: read where it lies, and never written. */
export function createArchiveTarget(name: string, path: string): Target {
  let opened: Opened | undefined;
  const archive = (): Opened => {
    if (opened === undefined) throw new Error(`target ${name} is used before it was opened`);
    return opened;
  };
  const refuse = () => Promise.resolve(failed(failure('TARGET_DENIED', `the archive ${path} is only read`)));
  const factsOf = (key: string) => archive().contents.get(checked(key));
  return {
    name,
    capabilities: { createOnly: true, listAfterWrite: true, staging: false, extract: true },
    async open() {
      const result = await openArchive(path);
      if (!result.ok) return result;
      opened = result.value;
      return ok();
    },
    get: (key, maxBytes) => readWhole(archive(), { key, place: factsOf(key), maxBytes }),
    read: (key, options = {}) =>
      Promise.resolve(streamObject(archive(), { key, place: factsOf(key), ...options })),
    stat(key) {
      const place = factsOf(key);
      return Promise.resolve(ok(place && { size: place.size, modifiedMs: place.modifiedMs }));
    },
    list: (prefix) => Promise.resolve(ok(listed(archive().contents, prefix))),
    space: () => Promise.resolve(ok(undefined)),
    stagingDirectory: () => Promise.resolve(ok(undefined)),
    prepare: refuse,
    create: refuse,
    upload: refuse,
    remove: refuse,
    async close() {
      await opened?.handle.close();
      opened = undefined;
    },
  };
}

interface Opened {
  readonly handle: FileHandle;
  readonly contents: Contents;
}

/** O_NONBLOCK: a fifo must not hang us before it is seen to be none of ours. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

async function openArchive(path: string): Promise<Result<Opened>> {
  try {
    const handle = await open(path, READ);
    const contents = (await handle.stat()).isFile()
      ? await readContents(handle, path)
      : failed(failure('TARGET_UNSAFE', `${path} is no regular file`));
    if (contents.ok) return ok({ handle, contents: contents.value });
    await handle.close();
    return contents;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isAbsent) return failed(failure('TARGET_UNREACHABLE', `${path} does not exist`));
    return failed(failureFromErrno(error, `cannot read ${path}`));
  }
}

interface Wanted {
  readonly key: string;
  readonly place: Place | undefined;
}

async function readWhole(
  { handle }: Opened,
  { key, place, maxBytes }: Wanted & { readonly maxBytes: number },
): Promise<Result<Buffer | undefined>> {
  if (place === undefined) return ok(undefined);
  if (place.size > maxBytes) {
    const sizes = `${String(place.size)} bytes, more than ${String(maxBytes)}`;
    return failed(failure('CORRUPT', `${key} has ${sizes}`));
  }
  const bytes = Buffer.alloc(place.size);
  for (let filled = 0; filled < bytes.length;) {
    const read = await readAt(handle, {
      key,
      bytes: bytes.subarray(filled),
      position: place.offset + filled,
    });
    if (!read.ok) return read;
    filled += read.value;
  }
  return ok(bytes);
}

const CHUNK_BYTES = 1024 * 1024;

function streamObject(
  { handle }: Opened,
  { key, place, signal, offset: start = 0 }: Wanted & ReadOptions,
): Result<ObjectBytes> {
  if (place === undefined) return failed(failure('NOT_FOUND', `${key} does not exist`));
  if (start > place.size) return failed(failure('TRUNCATED', `${key} ends before byte ${String(start)}`));
  let why: Failure | undefined;
  async function* bytes({ offset, size }: Place): AsyncGenerator<Buffer, void, undefined> {
    const block = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - start));
    for (let done = start; done < size;) {
      if (signal?.aborted === true) why = failure('INTERRUPTED', `reading ${key} was interrupted`);
      if (why !== undefined) return;
      const wanted = block.subarray(0, Math.min(block.length, size - done));
      const read = await readAt(handle, { key, bytes: wanted, position: offset + done });
      if (!read.ok) {
        why = read.failure;
        return;
      }
      done += read.value;
      yield wanted.subarray(0, read.value);
    }
  }
  return ok({ size: place.size, bytes: bytes(place), failure: () => why });
}

interface Piece {
  readonly key: string;
  readonly bytes: Buffer;
  readonly position: number;
}

async function readAt(handle: FileHandle, { key, bytes, position }: Piece): Promise<Result<number>> {
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
    return bytesRead === 0 ? failed(failure('TRUNCATED', `${key} ends early`)) : ok(bytesRead);
  } catch (error) {
    return failed(failureFromErrno(error, `reading ${key}`));
  }
}

function listed(contents: Contents, prefix: string): readonly ListedObject[] {
  return [...contents]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, { size, modifiedMs }]) => ({ key, size, modifiedMs }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function checked(key: string): string {
  const isKey = key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isKey) throw new RangeError(`not a key: ${JSON.stringify(key)}`);
  return key;
}
