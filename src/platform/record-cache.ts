import { createHash } from 'node:crypto';
import { appendFile, lstat, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { CachedObject, RecordCache } from '../domain/record-cache.ts';

/**
 * One file for each scope: batches of lines `[key, size, modifiedMs, sha256, value]`, each batch
 * followed by a line with the SHA-256 of its bytes. What follows a batch that does not fit its digest
 * is not believed.
 */
export function createRecordCache(environment: Readonly<Record<string, string | undefined>>): RecordCache {
  const folder = cacheFolder(environment);
  const fileOf = (scope: string): string => join(folder, `${scope}.ndjson`);
  return {
    load: async (scope) => {
      const file = fileOf(scope);
      if (!(await isPrivate(file))) return [];
      const bytes = await readFile(file).catch(() => Buffer.alloc(0));
      const { objects, believed } = parseBatches(bytes);
      // Else nothing that is added later would ever be believed.
      if (believed < bytes.length) await advisory(() => truncate(file, believed));
      return objects;
    },
    add: (scope, objects) =>
      advisory(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await appendFile(fileOf(scope), batchOf(objects), { mode: 0o600 });
      }),
    replace: (scope, objects) =>
      advisory(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const partial = `${fileOf(scope)}.${String(process.pid)}`;
        await writeFile(partial, batchOf(objects), { mode: 0o600, flag: 'wx' });
        await rename(partial, fileOf(scope)).catch(() => rm(partial, { force: true }));
      }),
  };
}

/** As the XDG base directory specification says: relative paths are ignored. */
function cacheFolder({ XDG_CACHE_HOME: home }: Readonly<Record<string, string | undefined>>): string {
  const root = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.cache');
  return join(root, 'backup-plan', 'records');
}

/** A file that others could have written is not believed. */
async function isPrivate(file: string): Promise<boolean> {
  const facts = await lstat(file).catch(() => undefined);
  if (facts?.isFile() !== true) return false;
  return (facts.mode & 0o077) === 0 && facts.uid === process.getuid?.();
}

async function advisory(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

const NEW_LINE = 0x0a;
const DIGEST_CHARACTERS = 64;

function batchOf(objects: readonly CachedObject[]): Buffer {
  const lines = objects.map(({ key, size, modifiedMs, sha256, value }) =>
    JSON.stringify([key, size, modifiedMs, sha256, value]),
  );
  const batch = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return Buffer.concat([batch, Buffer.from(`${digestOf(batch)}\n`)]);
}

interface Parsed {
  readonly objects: readonly CachedObject[];
  /** Length of what fits its digests, from the start. */
  readonly believed: number;
}

function parseBatches(bytes: Buffer): Parsed {
  const objects: CachedObject[] = [];
  let lines: Buffer[] = [];
  let batchStart = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEW_LINE, start);
    if (end === -1) break;
    const line = bytes.subarray(start, end);
    if (line.length === DIGEST_CHARACTERS) {
      if (digestOf(bytes.subarray(batchStart, start)) !== line.toString('latin1')) break;
      for (const one of lines) objects.push(parseLine(one));
      lines = [];
      batchStart = end + 1;
    } else {
      lines.push(line);
    }
    start = end + 1;
  }
  return { objects, believed: batchStart };
}

function parseLine(line: Buffer): CachedObject {
  const [key, size, modifiedMs, sha256, value] = JSON.parse(line.toString('utf8')) as [
    string,
    number,
    number,
    string,
    unknown,
  ];
  return { key, size, modifiedMs, sha256, value };
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
