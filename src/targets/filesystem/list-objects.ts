import { join } from 'node:path';
import type { ListedObject } from '../../domain/target.ts';
import { ifPresent } from './file-layer.ts';
import { segmentsOf } from './publish.ts';
import { findDirectory, type Root } from './root.ts';

const PARALLEL_STATS = 32;
/** At each level: a snapshot's folder holds a few files, and waiting for each by itself takes seconds for thousands. */
const PARALLEL_FOLDERS = 16;
/** Made by mkfs at the top of ext file systems and readable by root only; nobody's object. */
const FILE_SYSTEM_OWN = 'lost+found';

/** Every file below a folder; links are listed by their own size and never followed. */
export async function listObjects(root: Root, prefix: string): Promise<ListedObject[]> {
  const segments = prefix === '' ? [] : segmentsOf(prefix.replace(/\/$/, ''));
  const folder = await findDirectory(root, segments);
  if (folder === undefined) return [];
  const objects: ListedObject[] = [];
  await listFolder(root, { folder, prefix, objects });
  return objects.sort((left, right) => (left.key < right.key ? -1 : 1));
}

interface Listing {
  readonly folder: string;
  readonly prefix: string;
  readonly objects: ListedObject[];
}

async function listFolder(root: Root, { folder, prefix, objects }: Listing): Promise<void> {
  const entries = (await ifPresent(root.layer.readdir(folder, { withFileTypes: true }))) ?? [];
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  for (let start = 0; start < names.length; start += PARALLEL_STATS) {
    const facts = await Promise.all(
      names.slice(start, start + PARALLEL_STATS).map((name) => factsOf(root, folder, prefix + name)),
    );
    objects.push(...facts.filter((fact) => fact !== undefined));
  }
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== FILE_SYSTEM_OWN);
  for (let start = 0; start < folders.length; start += PARALLEL_FOLDERS) {
    const below = folders.slice(start, start + PARALLEL_FOLDERS).map(({ name }) => {
      return listFolder(root, { folder: join(folder, name), prefix: `${prefix}${name}/`, objects });
    });
    await Promise.all(below);
  }
}

async function factsOf({ layer }: Root, folder: string, key: string): Promise<ListedObject | undefined> {
  const stats = await ifPresent(layer.lstat(join(folder, key.slice(key.lastIndexOf('/') + 1))));
  return stats === undefined ? undefined : { key, size: stats.size, modifiedMs: Math.floor(stats.mtimeMs) };
}
