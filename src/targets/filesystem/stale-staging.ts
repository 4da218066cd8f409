import { join } from 'node:path';
import { ifPresent } from './file-layer.ts';
import { livenessOf } from './process-identity.ts';
import { findDirectory, type Root } from './root.ts';
import { CLAIMS_FOLDER, OWNER_FILE, removeFolder } from './staging.ts';

export interface StaleFolder {
  readonly path: string;
  readonly reason: 'owner-dead' | 'old';
}

const DAY_MS = 86_400_000;
/** Longer than any run of another host, of which this one cannot know whether it lives. */
const OLD_MS = 7 * DAY_MS;

/** Staging folders whose process is dead, as far as this host can know, or that nobody touched for a week. */
export async function staleStaging(root: Root, storeNowMs: number): Promise<StaleFolder[]> {
  const tmp = await findDirectory(root, ['tmp']);
  if (tmp === undefined) return [];
  const stale: StaleFolder[] = [];
  for (const entry of await root.layer.readdir(tmp, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === CLAIMS_FOLDER) continue;
    const path = join(tmp, entry.name);
    const owner = await ifPresent(root.layer.readFile(join(path, OWNER_FILE), 'utf8'));
    const liveness = owner === undefined ? 'unknown' : livenessOf(owner);
    if (liveness === 'dead') stale.push({ path, reason: 'owner-dead' });
    else if (liveness !== 'alive' && (await isOld(root, path, storeNowMs)))
      stale.push({ path, reason: 'old' });
  }
  return stale;
}

export async function removeStaleStaging(root: Root, storeNowMs: number): Promise<void> {
  for (const { path } of await staleStaging(root, storeNowMs)) await removeFolder(root, path);
}

async function isOld({ layer }: Root, folder: string, storeNowMs: number): Promise<boolean> {
  const names = (await ifPresent(layer.readdir(folder))) ?? [];
  for (const path of [folder, ...names.map((name) => join(folder, name))]) {
    const stats = await ifPresent(layer.lstat(path));
    if (stats !== undefined && storeNowMs - stats.mtimeMs < OLD_MS) return false;
  }
  return true;
}
