import { join } from 'node:path';
import type { ListedObject } from '../../domain/target.ts';
import { createFolderReader, type FolderReader } from './read-folder.ts';
import { segmentsOf } from './publish.ts';
import { findDirectory, type Root } from './root.ts';

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
  await listFolder(createFolderReader(root.layer), { folder, prefix, objects });
  return objects.sort((left, right) => (left.key < right.key ? -1 : 1));
}

interface Listing {
  readonly folder: string;
  readonly prefix: string;
  readonly objects: ListedObject[];
}

async function listFolder(read: FolderReader, { folder, prefix, objects }: Listing): Promise<void> {
  const { files, folders } = await read(folder);
  for (const { name, size, modifiedMs } of files) objects.push({ key: prefix + name, size, modifiedMs });
  const below = folders.filter((name) => name !== FILE_SYSTEM_OWN);
  for (let start = 0; start < below.length; start += PARALLEL_FOLDERS) {
    await Promise.all(
      below.slice(start, start + PARALLEL_FOLDERS).map((name) => {
        return listFolder(read, { folder: join(folder, name), prefix: `${prefix}${name}/`, objects });
      }),
    );
  }
}
