import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal } from './attempt.ts';
import { errnoOf, ifPresent } from './file-layer.ts';
import { describeProcess } from './process-identity.ts';
import { ensureDirectory, findDirectory, type Root } from './root.ts';

/** Says in each staging folder which process it belongs to. */
export const OWNER_FILE = 'owner';
export const CLAIMS_FOLDER = 'claims';

/** The folders under `tmp/` of one opened target; all go when it is closed. */
export interface Staging {
  /** `tmp/<runId>`, made on the first call. */
  folderOf(runId: string): Promise<string>;
  /** A path for a new temporary file in a folder of this process. */
  newFile(): Promise<string>;
  removeAll(): Promise<void>;
}

export function createStaging(root: Root): Staging {
  const folders = new Map<string, Promise<string>>();
  const ownId = `process-${randomName()}`;
  const folderOf = (runId: string): Promise<string> => {
    const folder = folders.get(runId) ?? makeFolder(root, runId);
    folders.set(runId, folder);
    // A failed attempt must not be remembered: a later one may find space.
    folder.catch(() => folders.delete(runId));
    return folder;
  };
  return {
    folderOf,
    // Never in the folder of a run, which is removed when the run ends and may be used no more then.
    newFile: async () => join(await folderOf(ownId), `new-${randomName()}`),
    removeAll: async () => {
      for (const folder of await Promise.allSettled(folders.values())) {
        if (folder.status === 'fulfilled') await removeFolder(root, folder.value);
      }
      folders.clear();
    },
  };
}

/** Removes a staging folder and the files in it; what cannot be removed stays for a later run to collect. */
export async function removeFolder({ layer }: Root, folder: string): Promise<void> {
  await quietly(async () => {
    const names = await layer.readdir(folder);
    for (const name of names.filter((other) => other !== OWNER_FILE)) await layer.unlink(join(folder, name));
    // The owner goes last: a folder without one is nobody's to judge.
    if (names.includes(OWNER_FILE)) await layer.unlink(join(folder, OWNER_FILE));
    await layer.rmdir(folder);
  });
}

async function makeFolder(root: Root, runId: string): Promise<string> {
  const existing = await findDirectory(root, ['tmp', runId]);
  const folder = await ensureDirectory(root, ['tmp', runId]);
  const owner = join(folder, OWNER_FILE);
  if (existing !== undefined) {
    const other = await ifPresent(root.layer.readFile(owner, 'utf8'));
    if (other !== undefined && other !== describeProcess())
      throw new Refusal('TARGET_CONFLICT', `tmp/${basename(folder)} belongs to ${other}`);
  }
  if ((await ifPresent(root.layer.lstat(owner))) === undefined) await writeOwner(root, owner);
  return folder;
}

export async function writeOwner({ layer }: Root, path: string): Promise<void> {
  const handle = await layer.open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await handle.writeFile(describeProcess());
  } finally {
    await handle.close();
  }
}

async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function randomName(): string {
  return randomBytes(8).toString('hex');
}
