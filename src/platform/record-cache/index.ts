import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { CachedObject, RecordCache } from '../../domain/record-cache.ts';
import { packReading, packsIn, readPack, removePacks, smallOf, writePacks } from './pack-folder.ts';

/** How often a folder is read again because another process has brought its packs together meanwhile. */
const READINGS = 5;

/** One private folder of immutable packs for each scope. */
export function createRecordCache(environment: Readonly<Record<string, string | undefined>>): RecordCache {
  const root = cacheFolder(environment);
  const folderOf = (scope: string): string => join(root, scope);
  /** What `replace` may remove, by scope: packs that others make meanwhile are not among them. */
  const loaded = new Map<string, readonly string[]>();
  return {
    load: async (scope, readHead = (head) => head) => {
      const { names, objects } = await readFolder(folderOf(scope), readHead);
      loaded.set(scope, names);
      return objects;
    },
    add: (scope, objects) =>
      advisory(async () => {
        await writePacks(folderOf(scope), objects);
        await removeFormer(root, scope);
        await bringTogether(folderOf(scope));
      }),
    replace: (scope, objects) =>
      advisory(async () => {
        const names = loaded.get(scope) ?? (await packsIn(folderOf(scope)));
        await writePacks(folderOf(scope), objects);
        await removePacks(folderOf(scope), names);
        await removeFormer(root, scope);
      }),
  };
}

/** As the XDG base directory specification says: relative paths are ignored. */
function cacheFolder({ XDG_CACHE_HOME: home }: Readonly<Record<string, string | undefined>>): string {
  const root = home !== undefined && isAbsolute(home) ? home : join(homedir(), '.cache');
  return join(root, 'backup-plan', 'records');
}

interface Loaded {
  readonly names: readonly string[];
  readonly objects: readonly CachedObject[];
}

async function readFolder(folder: string, readHead: (head: unknown) => unknown): Promise<Loaded> {
  const reading = packReading(readHead);
  for (let attempt = 1; ; attempt += 1) {
    const names = await packsIn(folder);
    const objects: CachedObject[] = [];
    let isWhole = true;
    for (const name of names) {
      const pack = await readPack(join(folder, name), reading);
      if (pack === 'gone') isWhole = false;
      else if (pack === undefined) await advisory(() => removePacks(folder, [name]));
      else for (const object of pack) objects.push(object);
    }
    if (isWhole || attempt === READINGS) return { names, objects };
  }
}

/** The new pack is there before the small ones go, so whoever reads meanwhile finds everything. */
async function bringTogether(folder: string): Promise<void> {
  const small = smallOf(await packsIn(folder));
  if (small.length === 0) return;
  const reading = packReading();
  const byKey = new Map<string, CachedObject>();
  for (const name of small) {
    const pack = await readPack(join(folder, name), reading);
    if (pack === undefined || pack === 'gone') continue;
    for (const object of pack) byKey.set(object.key, object);
  }
  await writePacks(folder, [...byKey.values()]);
  await removePacks(folder, small);
}

/** What earlier releases kept in one file. */
async function removeFormer(root: string, scope: string): Promise<void> {
  await rm(join(root, `${scope}.ndjson`), { force: true });
}

async function advisory(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
