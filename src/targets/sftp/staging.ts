import { randomBytes } from 'node:crypto';
import type { TargetContext } from '../../domain/target.ts';
import type { Channel } from './channel.ts';
import { again, type Link } from './link.ts';
import { ensureFolder, type Place } from './place.ts';
import { ifPresent, isStatus } from './refusal.ts';

/** Says in each staging folder which process it belongs to. */
export const OWNER_FILE = 'owner';
const TEMPORARY = 'new-';

/** `tmp/<id of this process>/`, made on first use. */
export interface Staging {
  readonly id: string;
  folder(channel: Channel): Promise<string>;
  /** A path for a new temporary file. */
  newFile(channel: Channel): Promise<string>;
  /** Removes the folder where nothing is in it that a later attempt could go on with. */
  leave(link: Link): Promise<void>;
}

export function createStaging(place: Place, context: TargetContext): Staging {
  const id = newUlid(context.clock.nowMs());
  let made: Promise<string> | undefined;
  const folder = (channel: Channel): Promise<string> => {
    made ??= makeOwn(channel, place, id, context);
    const making = made;
    // A failed attempt must not be remembered: a later one may find space.
    making.catch(() => {
      if (made === making) made = undefined;
    });
    return making;
  };
  return {
    id,
    folder,
    newFile: async (channel) => `${await folder(channel)}/${TEMPORARY}${randomBytes(8).toString('hex')}`,
    leave: async (link) => {
      const path = await made?.catch(() => undefined);
      if (path === undefined) return;
      await again(link, async (channel) => {
        await removeTemporary(channel, path);
        await removeIdle(channel, path);
      });
    },
  };
}

/** Writes a small new file, as one that nobody reads before it is whole. */
export async function writeSmall(channel: Channel, path: string, text: string): Promise<void> {
  const handle = await channel.open(path, 'overwrite');
  const bytes = Buffer.from(text);
  const [written] = await Promise.allSettled([
    bytes.length === 0 ? Promise.resolve() : channel.write(handle, bytes, 0),
    channel.close(handle),
  ]);
  if (written.status === 'rejected') throw written.reason;
}

/** Undefined where it is absent, or larger than such files are. */
export async function readSmall(channel: Channel, path: string): Promise<string | undefined> {
  const handle = await ifPresent(channel.open(path, 'read'));
  if (handle === undefined) return undefined;
  const block = Buffer.alloc(SMALL_BYTES);
  const [read] = await Promise.allSettled([channel.read(handle, block, 0), channel.close(handle)]);
  if (read.status === 'rejected') throw read.reason;
  return read.value === SMALL_BYTES ? undefined : block.toString('utf8', 0, read.value);
}

/** What operations that were cut off have left; parts stay. */
async function removeTemporary(channel: Channel, folder: string): Promise<void> {
  const names = ((await ifPresent(channel.readdir(folder))) ?? []).map(({ filename }) => filename);
  const temporary = names.filter((name) => name.startsWith(TEMPORARY));
  await Promise.allSettled(temporary.map((name) => channel.remove(`${folder}/${name}`)));
}

/** Removes a staging folder in which nothing but its owner is left. */
export async function removeIdle(channel: Channel, folder: string): Promise<void> {
  try {
    const names = (await channel.readdir(folder)).map(({ filename }) => filename);
    if (names.some((name) => name !== OWNER_FILE)) return;
    await ifPresent(channel.remove(`${folder}/${OWNER_FILE}`));
    await channel.rmdir(folder);
  } catch (error) {
    // What cannot be removed stays for a prune to collect.
    if (!isStatus(error)) throw error;
  }
}

const SMALL_BYTES = 4096;

async function makeOwn(channel: Channel, place: Place, id: string, context: TargetContext): Promise<string> {
  const folder = await ensureFolder(channel, place, ['tmp', id]);
  await writeSmall(channel, `${folder}/${OWNER_FILE}`, context.holders?.describe() ?? '');
  return folder;
}

/** Crockford's base 32 in lower case: what the catalog takes for a run's folder and can collect. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

function newUlid(nowMs: number): string {
  const time = Array.from({ length: TIME_CHARACTERS }, (_, index) =>
    ALPHABET.charAt(Math.floor(nowMs / 32 ** (TIME_CHARACTERS - 1 - index)) % 32),
  );
  const random = [...randomBytes(RANDOM_CHARACTERS)].map((byte) => ALPHABET.charAt(byte % 32));
  return [...time, ...random].join('');
}
