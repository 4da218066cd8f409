import type { Stats } from 'ssh2';
import type { Channel } from './channel.ts';
import { syncDirectory } from './durable.ts';
import { again, wasDropped } from './link.ts';
import { ensureFolder, pathOf, segmentsOf, type Place } from './place.ts';
import { ifPresent, isStatus, Refusal, STATUS } from './refusal.ts';
import type { Publishing } from './server-ways.ts';

export type Publication = 'created' | 'exists';

export interface Finished {
  /** A temporary file that is whole, durable and this process's alone. */
  readonly file: string;
  readonly key: string;
  readonly bytes: number;
}

/**
 * Gives a temporary file its final name unless that is taken. The name is durable when this returns,
 * and the temporary one gone.
 */
export async function publish(place: Place, finished: Finished, way: Publishing): Promise<Publication> {
  const { link } = place;
  const segments = segmentsOf(finished.key).slice(0, -1);
  const folder = await again(link, (channel) => ensureFolder(channel, place, segments));
  const outcome = await settleName(place, finished, way);
  await again(link, (channel) => syncDirectory(channel, folder));
  if (outcome === 'exists') await again(link, (channel) => ifPresent(channel.remove(finished.file)));
  return outcome;
}

/** A regular file under a key, undefined where the key is free. */
export async function statFinal(channel: Channel, place: Place, key: string): Promise<Stats | undefined> {
  const path = pathOf(place, key);
  const stats = await ifPresent(channel.lstat(path));
  if (stats !== undefined && !stats.isFile())
    throw new Refusal('TARGET_UNSAFE', `${path} is not a regular file`);
  return stats;
}

/** A lost answer is looked up on a fresh connection, once: a second loss is a failure. */
async function settleName(place: Place, finished: Finished, way: Publishing): Promise<Publication> {
  const channel = await place.link.control();
  try {
    return await giveName(channel, place, finished, way);
  } catch (error) {
    if (!wasDropped(error)) throw error;
    return lookWhatHappened(await place.link.control(), place, finished, way);
  }
}

async function giveName(
  channel: Channel,
  place: Place,
  { file, key }: Finished,
  way: Publishing,
): Promise<Publication> {
  const final = pathOf(place, key);
  if (way === 'look' && (await statFinal(channel, place, key)) !== undefined) return 'exists';
  try {
    if (way === 'link') await channel.hardlink(file, final);
    else await channel.rename(file, final);
  } catch (error) {
    if (!isStatus(error) || (await statFinal(channel, place, key)) === undefined) throw error;
    return 'exists';
  }
  if (way === 'link') await ifPresent(channel.remove(file));
  return 'created';
}

/**
 * After a lost answer. Only our own rename can have taken the temporary name away; the session that
 * was lost may still be at it, so the temporary name is judged last.
 */
async function lookWhatHappened(
  channel: Channel,
  place: Place,
  finished: Finished,
  way: Publishing,
): Promise<Publication> {
  const final = await statFinal(channel, place, finished.key);
  if (final === undefined && (await ifPresent(channel.lstat(finished.file))) !== undefined)
    return giveName(channel, place, finished, way);
  const settled = final ?? (await statFinal(channel, place, finished.key));
  if (settled === undefined)
    throw new Refusal('TARGET_UNREACHABLE', `${finished.file} is gone, and ${finished.key} did not appear`);
  return (await tookName(channel, finished.file)) && settled.size === finished.bytes ? 'created' : 'exists';
}

async function tookName(channel: Channel, file: string): Promise<boolean> {
  try {
    await channel.remove(file);
    return false;
  } catch (error) {
    if (isStatus(error, STATUS.noSuchFile)) return true;
    throw error;
  }
}
