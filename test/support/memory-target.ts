import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { failure, type Failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type {
  ListedObject,
  ObjectBytes,
  ObjectUpload,
  ReadOptions,
  StagedFile,
  Target,
  TransferOptions,
} from '../../src/domain/target.ts';

/** What outlives a crash of the programs that use it. */
export interface MemoryStore {
  readonly objects: Map<string, { readonly bytes: Buffer; readonly modifiedMs: number }>;
  /** The store's own clock. */
  nowMs: number;
  exists: boolean;
}

export interface MemoryOptions {
  readonly name?: string;
  /** Keys per page of a listing. */
  readonly pageSize?: number;
  /** Fails the listing at this page, counted from 0. */
  readonly failAtPage?: number;
  /** Bytes that fit; more is TARGET_FULL. */
  readonly capacityBytes?: number;
}

export function createMemoryStore(): MemoryStore {
  return { objects: new Map(), nowMs: Date.parse('2026-11-21T02:00:00.000Z'), exists: true };
}

/** A target that keeps every promise of the contract, in memory. */
export function createMemoryTarget(store: MemoryStore, options: MemoryOptions = {}): Target {
  let isOpen = false;
  const name = options.name ?? 'memory';
  const use = (): MemoryStore => {
    if (!isOpen) throw new Error(`target ${name} is used before it was opened`);
    return store;
  };
  const create = (key: string, bytes: Uint8Array): Result<'created' | 'exists'> => {
    const { objects } = use();
    if (objects.has(checkedKey(key))) return ok('exists');
    if (!fits(store, bytes.length, options.capacityBytes))
      return failed(failure('TARGET_FULL', 'no space left'));
    objects.set(key, { bytes: Buffer.from(bytes), modifiedMs: store.nowMs });
    return ok('created');
  };
  return {
    name,
    capabilities: { createOnly: true, listAfterWrite: true, staging: false, streaming: true },
    open: () => {
      isOpen = store.exists;
      return settled(store.exists ? ok() : failed(absent(name)));
    },
    prepare: () => {
      store.exists = isOpen = true;
      return settled(ok());
    },
    get: (key, maxBytes) => {
      const found = use().objects.get(checkedKey(key))?.bytes;
      if (found !== undefined && found.length > maxBytes)
        return settled(failed(failure('CORRUPT', `${key} is too large`)));
      return settled(ok(found === undefined ? undefined : Buffer.from(found)));
    },
    create: (key, bytes) => settled(create(key, bytes)),
    upload: async (key, file, transfer = {}) => {
      const bytes = await stagedBytes(file);
      if (!bytes.ok) return bytes;
      const upload = startMemoryUpload(transfer, (whole) => create(key, whole));
      for (let start = 0; start < bytes.value.length; start += PIECE_BYTES) {
        const written = await upload.write(bytes.value.subarray(start, start + PIECE_BYTES));
        if (!written.ok) return written;
      }
      return upload.finish(file);
    },
    startUpload: (key, transfer = {}) => {
      use();
      checkedKey(key);
      return settled(ok(startMemoryUpload(transfer, (whole) => create(key, whole))));
    },
    read: (key, reading = {}) => settled(readFrom(use(), checkedKey(key), reading)),
    stat: (key) => {
      const found = use().objects.get(checkedKey(key));
      return settled(
        ok(found === undefined ? undefined : { size: found.bytes.length, modifiedMs: found.modifiedMs }),
      );
    },
    list: (prefix) => settled(listPages(use(), prefix, options)),
    remove: (key) => {
      use().objects.delete(checkedKey(key));
      return settled(ok());
    },
    space: () => settled(ok(undefined)),
    stagingDirectory: () => settled(ok(undefined)),
    close: () => {
      isOpen = false;
      return Promise.resolve();
    },
  };
}

function listPages(
  { objects }: MemoryStore,
  prefix: string,
  { pageSize = 1000, failAtPage }: MemoryOptions,
): Result<ListedObject[]> {
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const listed: ListedObject[] = [];
  for (let page = 0; page === 0 || page * pageSize < keys.length; page += 1) {
    if (page === failAtPage)
      return failed(failure('TARGET_UNREACHABLE', `page ${String(page)} of the listing failed`));
    for (const key of keys.slice(page * pageSize, (page + 1) * pageSize)) {
      const { bytes, modifiedMs } = objects.get(key) ?? { bytes: Buffer.alloc(0), modifiedMs: 0 };
      listed.push({ key, size: bytes.length, modifiedMs });
    }
  }
  return ok(listed);
}

const PIECE_BYTES = 65_536;

function readFrom(
  { objects }: MemoryStore,
  key: string,
  { signal, offset = 0 }: ReadOptions,
): Result<ObjectBytes> {
  const found = objects.get(key);
  if (found === undefined) return failed(failure('NOT_FOUND', `${key} does not exist`));
  const { bytes } = found;
  if (offset > bytes.length) return failed(failure('TRUNCATED', `${key} ends before ${String(offset)}`));
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let start = offset; start < bytes.length && signal?.aborted !== true; start += PIECE_BYTES)
      yield await Promise.resolve(bytes.subarray(start, start + PIECE_BYTES));
  }
  const interrupted = failure('INTERRUPTED', 'interrupted');
  return ok({
    size: bytes.length,
    bytes: chunks(),
    failure: () => (signal?.aborted === true ? interrupted : undefined),
  });
}

function startMemoryUpload(
  { signal, pace, onProgress }: TransferOptions,
  publish: (bytes: Buffer) => Result<'created' | 'exists'>,
): ObjectUpload {
  const pieces: Buffer[] = [];
  let total = 0;
  const interrupted = failed(failure('INTERRUPTED', 'interrupted'));
  return {
    write: async (chunk) => {
      await pace?.(chunk.length);
      if (signal?.aborted === true) return interrupted;
      pieces.push(Buffer.from(chunk));
      total += chunk.length;
      onProgress?.(total);
      return ok();
    },
    finish: (expected) => {
      const bytes = Buffer.concat(pieces);
      if (signal?.aborted === true) return settled<'created' | 'exists'>(interrupted);
      const changed = failed(failure('CORRUPT', 'not what was to be written'));
      return settled(isSame(bytes, expected) ? publish(bytes) : changed);
    },
    abort: () => Promise.resolve(),
  };
}

async function stagedBytes(file: StagedFile): Promise<Result<Buffer>> {
  const changed = failed(failure('CORRUPT', `${file.path} changed after it was staged`));
  const bytes = await readFile(file.path).catch(() => undefined);
  return bytes !== undefined && isSame(bytes, file) ? ok(bytes) : changed;
}

function isSame(bytes: Buffer, expected: Pick<StagedFile, 'bytes' | 'sha256'>): boolean {
  const digest = createHash('sha256').update(bytes).digest('hex');
  return bytes.length === expected.bytes && digest === expected.sha256;
}

function fits({ objects }: MemoryStore, added: number, capacityBytes: number | undefined): boolean {
  if (capacityBytes === undefined) return true;
  return [...objects.values()].reduce((sum, { bytes }) => sum + bytes.length, added) <= capacityBytes;
}

function checkedKey(key: string): string {
  if (key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw new RangeError(`not a key: ${key}`);
  return key;
}

function settled<T>(result: Result<T>): Promise<Result<T>> {
  return Promise.resolve(result);
}

function absent(name: string): Failure {
  return failure('TARGET_UNREACHABLE', `${name} does not exist`, { facts: { absent: true } });
}
