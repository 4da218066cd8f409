import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../domain/errno.ts';
import { failure } from '../domain/failure.ts';
import type { LivePlace } from '../domain/resource-type.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { safetyFolderName } from '../domain/safety-folder.ts';
import { attributesOf } from './attributes.ts';
import { recognise, type KnownDirectory } from './directory.ts';
import { mountPoints } from './mounts.ts';
import type { Attributes } from './plan.ts';

/** Where one live path is replaced from: a private folder on its own file system. */
export interface Site {
  readonly live: string;
  readonly staged?: string;
  /**
   * `beside`: the folder lies next to what is replaced. `inside`: the live directory itself cannot be
   * renamed (a mount point, or a parent that may not be written), so its children are exchanged.
   */
  readonly kind: 'beside' | 'inside';
  /** The existing directory in which the folder lies. */
  readonly base: KnownDirectory;
  /** Directories between the base and the live path that do not exist, outermost first. */
  readonly missing: readonly string[];
  readonly folder: string;
  /** Of a live directory whose children are exchanged, before anything was made in it. */
  readonly attributes?: Attributes;
}

/** Nothing is written. One folder serves all live paths with the same base. */
export async function findSites(
  places: readonly LivePlace[],
  restoreId: string,
): Promise<Result<readonly Site[]>> {
  const mounts = mountPoints();
  const sites: Site[] = [];
  for (const place of places) {
    const found = await findSite(place, { restoreId, mounts });
    if (!found.ok) return found;
    const shared = sites.find(({ base }) => base.path === found.value.base.path)?.folder;
    sites.push({ ...found.value, folder: shared ?? found.value.folder });
  }
  return ok(sites);
}

interface Circumstances {
  readonly restoreId: string;
  readonly mounts: readonly string[];
}

async function findSite(
  { live, staged }: LivePlace,
  { restoreId, mounts }: Circumstances,
): Promise<Result<Site>> {
  const below = mounts.find((mount) => mount.startsWith(`${live === '/' ? '' : live}/`));
  if (below !== undefined) return failed(holdsMount(live, below));
  const { path, missing } = await nearestExisting(dirname(live));
  const isMounted = mounts.includes(live);
  const kind = isMounted || (missing.length === 0 && !(await isWritable(path))) ? 'inside' : 'beside';
  const usable = kind === 'beside' ? ok() : await checkInside(live);
  if (!usable.ok) return usable;
  const base = await recognise(kind === 'beside' ? path : live);
  if (!base.ok) return base;
  const folder = join(base.value.path, safetyFolderName(basename(live), restoreId));
  return ok({
    live,
    ...(staged === undefined ? {} : { staged }),
    kind,
    base: base.value,
    missing: kind === 'beside' ? missing : [],
    folder,
    ...(kind === 'inside' ? { attributes: await attributesOf(live) } : {}),
  });
}

function holdsMount(live: string, mount: string): ReturnType<typeof failure> {
  return failure(
    'RESTORE_UNSUPPORTED',
    `${mount} is mounted below ${live}, so that ${live} cannot be replaced`,
    {
      hint: 'Name other paths below it with --only, unmount it for the restore, or restore with --to.',
    },
  );
}

async function checkInside(live: string): Promise<Result<void>> {
  const found = await lstat(live).catch(() => undefined);
  if (found?.isDirectory() === true && (await isWritable(live))) return ok();
  return failed(
    failure('DESTINATION_REFUSED', `${live} cannot be replaced: ${dirname(live)} may not be written`, {
      hint: 'Run as a user that may, or restore with --to.',
    }),
  );
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

interface Existing {
  readonly path: string;
  readonly missing: readonly string[];
}

async function nearestExisting(path: string): Promise<Existing> {
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined || path === '/') return { path, missing: [] };
  const above = await nearestExisting(dirname(path));
  return { path: above.path, missing: [...above.missing, path] };
}
