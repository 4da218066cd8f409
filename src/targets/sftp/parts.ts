import { createHash } from 'node:crypto';
import type { StagedFile } from '../../domain/target.ts';
import type { Channel } from './channel.ts';
import { ifPresent, isStatus } from './refusal.ts';
import { OWNER_FILE, readSmall, removeIdle, writeSmall, type Staging } from './staging.ts';
import type { Writing } from './writing.ts';

/**
 * A part of a large object that the server has already, under a name made from key and digest, so
 * that a later attempt finds it. Beside it lies a note of how far it is durable: the number is
 * written after an fsync of everything before it, so those bytes are as good as those of any
 * finished upload. What follows them is compared with the staged file before it is built upon.
 */
export interface Part {
  readonly file: string;
  /** Bytes that were acknowledged and then synced. */
  syncedBytes: number;
  /** Bytes that are there. */
  readonly bytes: number;
}

/** Smaller files are sent again. */
export const RESUMABLE_BYTES = 8 * 1024 * 1024;
/** An upload under way touches its part all the time; whose owner cannot be judged is left alone for a day. */
const UNTOUCHED_SECONDS = 86_400;
const NOTE_SUFFIX = '.synced';
const DIGITS = 16;

/** The part to go on with, empty where there is none. One upload at a time holds it. */
export async function takePart(
  writing: Writing,
  channel: Channel,
  key: string,
  file: StagedFile,
): Promise<Part> {
  const { staging } = writing;
  const name = partName(key, file.sha256);
  const own = `${await staging.folder(channel)}/${name}`;
  if (file.bytes < RESUMABLE_BYTES || writing.busy.has(own)) return emptyPart(await staging.newFile(channel));
  const found = (await partAt(channel, own)) ?? (await adopt(writing, channel, name, own));
  if (found !== undefined && found.bytes <= file.bytes) return found;
  if (found !== undefined) await dropPart(channel, own);
  return emptyPart(own);
}

function emptyPart(file: string): Part {
  return { file, syncedBytes: 0, bytes: 0 };
}

/** Written in place and in one piece: a note is read whole, or as an older one. */
export async function noteSynced(channel: Channel, part: Part, syncedBytes: number): Promise<void> {
  part.syncedBytes = syncedBytes;
  await writeSmall(channel, part.file + NOTE_SUFFIX, String(syncedBytes).padStart(DIGITS, '0'));
}

export async function dropPart(channel: Channel, file: string): Promise<void> {
  await ifPresent(channel.remove(file));
  await dropNote(channel, file);
}

export async function dropNote(channel: Channel, file: string): Promise<void> {
  await ifPresent(channel.remove(file + NOTE_SUFFIX));
}

function partName(key: string, sha256: string): string {
  return `part-${createHash('sha256').update(`${key}\n${sha256}`).digest('hex').slice(0, 48)}`;
}

async function partAt(channel: Channel, file: string): Promise<Part | undefined> {
  const stats = await ifPresent(channel.lstat(file));
  if (stats?.isFile() !== true) return undefined;
  const note = await readSmall(channel, file + NOTE_SUFFIX);
  const synced = note !== undefined && new RegExp(`^\\d{${String(DIGITS)}}$`).test(note) ? Number(note) : 0;
  // Fewer bytes than were synced: the server has lost some, and nothing of it is believed.
  return { file, bytes: stats.size, syncedBytes: synced <= stats.size ? synced : 0 };
}

/** Takes over the part of a process that is no more. A rename settles who of several gets it. */
async function adopt(
  writing: Writing,
  channel: Channel,
  name: string,
  own: string,
): Promise<Part | undefined> {
  const { place, staging } = writing;
  const tmp = `${place.root}/tmp`;
  const folders = (await channel.readdir(tmp)).filter(
    ({ filename, attrs }) => attrs.isDirectory() && filename !== staging.id,
  );
  const others = await Promise.all(
    folders.map(({ filename }) => lookInto(channel, `${tmp}/${filename}`, name)),
  );
  for (const other of others) {
    if (other === undefined || !(await isAbandoned(writing, channel, other))) continue;
    if (!(await move(channel, `${other.folder}/${name}`, own))) continue;
    await move(channel, `${other.folder}/${name}${NOTE_SUFFIX}`, own + NOTE_SUFFIX);
    await removeIdle(channel, other.folder);
    return partAt(channel, own);
  }
  return undefined;
}

interface Other {
  readonly folder: string;
  readonly touchedSeconds: number;
}

async function lookInto(channel: Channel, folder: string, name: string): Promise<Other | undefined> {
  const stats = await ifPresent(channel.lstat(`${folder}/${name}`));
  return stats?.isFile() === true ? { folder, touchedSeconds: stats.mtime } : undefined;
}

async function isAbandoned(writing: Writing, channel: Channel, other: Other): Promise<boolean> {
  const owner = await readSmall(channel, `${other.folder}/${OWNER_FILE}`);
  if (owner !== undefined && writing.context.holders?.isDead(owner) === true) return true;
  return (await serverSeconds(writing.staging, channel)) - other.touchedSeconds > UNTOUCHED_SECONDS;
}

async function serverSeconds(staging: Staging, channel: Channel): Promise<number> {
  const file = await staging.newFile(channel);
  await writeSmall(channel, file, '');
  const { mtime } = await channel.lstat(file);
  await ifPresent(channel.remove(file));
  return mtime;
}

async function move(channel: Channel, from: string, to: string): Promise<boolean> {
  try {
    await channel.rename(from, to);
    return true;
  } catch (error) {
    if (isStatus(error)) return false;
    throw error;
  }
}
