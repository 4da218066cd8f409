import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { CachedObject } from '../../domain/record-cache.ts';
import { decodePack, encodePack, readTitle, TITLE_BYTES } from './pack.ts';

/** `<number of objects>-<random>.pack`; never changed once it has this name. */
const PACK = /^(\d{1,9})-[0-9a-f]{16}\.pack$/;
/** Bounds what is in memory while a pack is read or made. */
const MAX_OBJECTS = 16_384;
/** More files that hold fewer than this each are brought together. */
const SMALL_OBJECTS = 4_096;
const MAX_SMALL_PACKS = 16;
const PARTIAL = '.partial';
/** Writing one takes seconds at most. */
const TORN_AFTER_MS = 3_600_000;

/** The names of packs. */
export async function packsIn(folder: string): Promise<readonly string[]> {
  const facts = await lstat(folder).catch(() => undefined);
  if (facts?.isDirectory() !== true || !isPrivate(facts)) return [];
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => PACK.test(name)).sort();
}

/** Where there are too many small packs, those. */
export function smallOf(names: readonly string[]): readonly string[] {
  const small = names.filter((name) => Number(PACK.exec(name)?.[1]) < SMALL_OBJECTS);
  return small.length > MAX_SMALL_PACKS ? small : [];
}

export interface PackReading {
  readonly readHead: (head: unknown) => unknown;
  /** Memory for what of one pack is not kept, used for the next one again. */
  rows: Buffer;
}

export function packReading(readHead: (head: unknown) => unknown = (head) => head): PackReading {
  return { readHead, rows: Buffer.alloc(0) };
}

/** `gone` where it is not there any more; undefined where it is not to be believed. One at a time. */
export async function readPack(
  file: string,
  reading: PackReading,
): Promise<readonly CachedObject[] | 'gone' | undefined> {
  const opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT' ? ('gone' as const) : undefined,
  );
  if (opened === undefined || opened === 'gone') return opened;
  try {
    return await readOpened(opened, reading);
  } finally {
    await opened.close();
  }
}

async function readOpened(
  handle: FileHandle,
  reading: PackReading,
): Promise<readonly CachedObject[] | undefined> {
  const facts = await handle.stat();
  if (!facts.isFile() || !isPrivate(facts)) return undefined;
  const title = readTitle(await bytesAt(handle, 0, Buffer.alloc(Math.min(TITLE_BYTES, facts.size))));
  if (title === undefined) return undefined;
  const { start, rowBytes, blockBytes } = title;
  if (facts.size !== start + rowBytes + blockBytes) return undefined;
  if (reading.rows.length < rowBytes) reading.rows = Buffer.allocUnsafeSlow(rowBytes);
  const rows = await bytesAt(handle, start, reading.rows.subarray(0, rowBytes));
  const blocks = await bytesAt(handle, start + rowBytes, Buffer.allocUnsafeSlow(blockBytes));
  return decodePack(title, { rows, blocks }, reading.readHead);
}

/** Published whole under names of their own. */
export async function writePacks(folder: string, objects: readonly CachedObject[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let start = 0; start < objects.length; start += MAX_OBJECTS) {
    const members = objects.slice(start, start + MAX_OBJECTS);
    const name = `${String(members.length)}-${randomBytes(8).toString('hex')}.pack`;
    const partial = join(folder, `${name}${PARTIAL}`);
    try {
      await writeFile(partial, await encodePack(members), { mode: 0o600, flag: 'wx' });
      await rename(partial, join(folder, name));
      await removeTorn(folder, name);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }
}

export async function removePacks(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(folder, name), { force: true });
}

/** What a process left that was killed while it wrote; the file system's clock is asked, by a fresh file. */
async function removeTorn(folder: string, fresh: string): Promise<void> {
  const partial = (await readdir(folder)).filter((name) => name.endsWith(PARTIAL));
  if (partial.length === 0) return;
  const { mtimeMs } = await lstat(join(folder, fresh));
  for (const name of partial) {
    const facts = await lstat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined && facts.mtimeMs < mtimeMs - TORN_AFTER_MS)
      await rm(join(folder, name), { force: true });
  }
}

/** Others could have written what is not private. */
function isPrivate({ mode, uid }: Stats): boolean {
  return (mode & 0o077) === 0 && uid === process.getuid?.();
}

/** Shorter where the file ends early. */
async function bytesAt(handle: FileHandle, position: number, bytes: Buffer): Promise<Buffer> {
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}
