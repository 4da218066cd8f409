import type { Channel } from './channel.ts';
import { syncDirectory } from './durable.ts';
import type { Link } from './link.ts';
import { ifPresent, isStatus, Refusal } from './refusal.ts';

/** The opened folder of a target on its server. */
export interface Place {
  readonly link: Link;
  /** Absolute and free of symbolic links, as the server sees it. */
  readonly root: string;
  /** Folders below the root that are known to be there and durable. */
  readonly folders: Set<string>;
}

/** Never makes it. */
export async function openPlace(link: Link, path: string): Promise<Place> {
  const channel = await link.control();
  const stats = await ifPresent(channel.stat(path));
  if (stats === undefined) {
    const hint = 'A first apply makes it. Else compare the path with what is on the server.';
    throw new Refusal('TARGET_UNREACHABLE', `${path} does not exist on the server`, hint, { absent: true });
  }
  if (!stats.isDirectory()) throw new Refusal('TARGET_UNSAFE', `${path} is not a directory`);
  if ((stats.mode & 0o002) !== 0)
    throw new Refusal(
      'TARGET_UNSAFE',
      `${path} can be written by everybody`,
      `Run on the server: chmod 700 ${path}`,
    );
  return { link, root: (await channel.realpath(path)).replace(/\/+$/, ''), folders: new Set() };
}

/** Makes the folder and what is missing above it, private. */
export async function makePlace(channel: Channel, path: string): Promise<void> {
  const segments = path.split('/').filter((segment) => segment !== '');
  let folder = path.startsWith('/') ? '' : '.';
  for (const segment of segments) {
    const parent = folder === '' ? '/' : folder;
    folder = `${folder}/${segment}`;
    if ((await ifPresent(channel.stat(folder))) === undefined) await makeFolder(channel, parent, folder);
  }
}

/** Absence below the root means something only while the root is there. */
export async function requireRoot(channel: Channel, { root }: Place): Promise<void> {
  if ((await ifPresent(channel.stat(root === '' ? '/' : root)))?.isDirectory() === true) return;
  throw new Refusal('TARGET_UNREACHABLE', `${root} is no longer there on the server`);
}

/** The folder of a key, made and durable. */
export async function ensureFolder(
  channel: Channel,
  place: Place,
  segments: readonly string[],
): Promise<string> {
  let folder = place.root;
  if (place.folders.has(segments.join('/'))) return [folder, ...segments].join('/');
  await requireRoot(channel, place);
  for (const [index, segment] of segments.entries()) {
    const parent = folder;
    folder = `${parent}/${segment}`;
    const name = segments.slice(0, index + 1).join('/');
    if (place.folders.has(name)) continue;
    await ensureOne(channel, parent, folder);
    place.folders.add(name);
  }
  return folder;
}

export function pathOf({ root }: Place, key: string): string {
  return `${root}/${segmentsOf(key).join('/')}`;
}

/** Callers pass keys of the grammar; anything that could leave the root is a bug of theirs. */
export function segmentsOf(key: string): string[] {
  const segments = key.split('/');
  const isBad = segments.some(
    (segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'),
  );
  if (isBad) throw new RangeError(`not a key: ${JSON.stringify(key)}`);
  return segments;
}

async function ensureOne(channel: Channel, parent: string, folder: string): Promise<void> {
  const stats = await ifPresent(channel.lstat(folder));
  if (stats === undefined) {
    await makeFolder(channel, parent, folder);
    return;
  }
  if (stats.isSymbolicLink()) throw new Refusal('TARGET_UNSAFE', `${folder} is a symbolic link`);
  if (!stats.isDirectory()) throw new Refusal('TARGET_UNSAFE', `${folder} is not a directory`);
  // Also where another process made it: it may not have come to its own fsync yet.
  await syncDirectory(channel, parent);
}

async function makeFolder(channel: Channel, parent: string, folder: string): Promise<void> {
  try {
    await channel.mkdir(folder);
  } catch (error) {
    // Somebody else was faster, or it cannot be made.
    if (!isStatus(error) || (await ifPresent(channel.lstat(folder)))?.isDirectory() !== true) throw error;
  }
  await syncDirectory(channel, parent);
}
