import type { FileEntryWithStats } from 'ssh2';
import type { ListedObject } from '../../domain/target.ts';
import type { Channel } from './channel.ts';
import { requireRoot, segmentsOf, type Place } from './place.ts';
import { ifPresent, Refusal } from './refusal.ts';

const PARALLEL_FOLDERS = 32;
/** Deeper than any key of ours; keeps a server that shows folders without end from holding us. */
const DEEPEST = 40;
/** Made by mkfs at the top of ext file systems and readable by root only; nobody's object. */
const FILE_SYSTEM_OWN = 'lost+found';
/** What stands for bytes that are no UTF-8: such a name cannot be asked for again. */
const UNREADABLE = '\uFFFD';

/** Every file below a folder; links are listed by their own size and never followed. */
export async function listObjects(channel: Channel, place: Place, prefix: string): Promise<ListedObject[]> {
  const segments = prefix === '' ? [] : segmentsOf(prefix.replace(/\/$/, ''));
  const walk: Walk = { channel, objects: [], waiting: [] };
  const top = [place.root, ...segments].join('/');
  if (!(await listFolder(walk, { path: top === '' ? '/' : top, prefix }))) await requireRoot(channel, place);
  await listWaiting(walk);
  return walk.objects.sort((left, right) => (left.key < right.key ? -1 : 1));
}

interface Walk {
  readonly channel: Channel;
  readonly objects: ListedObject[];
  readonly waiting: Folder[];
}

interface Folder {
  readonly path: string;
  readonly prefix: string;
}

/** The first failure is the whole listing's: a shorter list would be a lie. */
function listWaiting(walk: Walk): Promise<void> {
  return new Promise((resolve, reject) => {
    let active = 0;
    const start = (): void => {
      while (active < PARALLEL_FOLDERS) {
        const next = walk.waiting.pop();
        if (next === undefined) break;
        active += 1;
        listFolder(walk, next).then(finish, reject);
      }
      if (active === 0) resolve();
    };
    const finish = (): void => {
      active -= 1;
      start();
    };
    start();
  });
}

/** False where there is no such folder. */
async function listFolder(walk: Walk, { path, prefix }: Folder): Promise<boolean> {
  const entries = await ifPresent(walk.channel.readdir(path));
  if (entries === undefined) return false;
  for (const { filename, attrs } of entries) {
    if (filename.includes('/') || filename.includes('\0'))
      throw new Refusal('TARGET_UNSAFE', `the server lists an impossible name in ${path}`);
    requireFacts(path, attrs);
    if (attrs.isDirectory() && mayDescend(filename, prefix)) {
      if (filename === FILE_SYSTEM_OWN) continue;
      walk.waiting.push({ path: `${path === '/' ? '' : path}/${filename}`, prefix: `${prefix}${filename}/` });
      continue;
    }
    walk.objects.push({ key: prefix + filename, size: attrs.size, modifiedMs: attrs.mtime * 1000 });
  }
  return true;
}

/** Optional in the protocol. Without them a folder would pass for a file, and what is in it for absent. */
function requireFacts(path: string, attrs: Partial<FileEntryWithStats['attrs']>): void {
  if (attrs.mode === undefined || attrs.size === undefined || attrs.mtime === undefined)
    throw new Refusal('TARGET_IO', `the server lists ${path} without modes, sizes or times`);
}

function mayDescend(name: string, prefix: string): boolean {
  return !name.includes(UNREADABLE) && prefix.split('/').length <= DEEPEST;
}
