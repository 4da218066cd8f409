import { chmod, chown, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import type { LivePlaces, PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { factsFrom } from './facts.ts';
import { readOptions } from './options.ts';

/** What SQLite keeps beside a database. Left there, it would be taken for part of the restored one. */
const COMPANIONS = ['-wal', '-shm', '-journal'] as const;

/** The database takes the place to which its path leads now; its companions go with the old one. */
export async function placeDatabase(context: PlaceContext): Promise<Result<LivePlaces>> {
  const { content, fileName } = factsFrom(context.facts);
  if (content === 'schema') {
    const hint = 'Restore it into a new folder with --to.';
    return failed(failure('RESTORE_UNSUPPORTED', 'a schema cannot take the place of a database', { hint }));
  }
  if (fileName === undefined) return failed(failure('CORRUPT', 'the index names no file for the database'));
  const live = await livePath(context);
  if (!live.ok) return live;
  if (context.staging !== undefined) {
    const adopted = await adoptOwnership(context, join(context.staging, fileName), live.value);
    if (!adopted.ok) return adopted;
  }
  const companions = COMPANIONS.map((suffix) => ({ live: `${live.value}${suffix}` }));
  return ok({ places: [{ staged: fileName, live: live.value }, ...companions] });
}

/** Absolute, every link followed, also where the database itself is gone. */
export async function livePath({ options, planDirectory }: PlaceContext): Promise<Result<string>> {
  const path = resolve(planDirectory, readOptions(options).path);
  try {
    return ok(await locate(path));
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return failed(failure('DESTINATION_REFUSED', `${path} cannot be replaced: ${code}`));
  }
}

async function locate(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const here = join(await locate(dirname(path)), basename(path));
  const found = await lstat(here).catch(() => undefined);
  // A link that led nowhere leads to the database again; one that leads in circles is ELOOP above.
  return found?.isSymbolicLink() === true ? locate(resolve(dirname(here), await readlink(here))) : here;
}

/** The application finds the restored database as accessible as the one it knew. */
async function adoptOwnership(
  { owner, fileMode }: PlaceContext,
  staged: string,
  live: string,
): Promise<Result<void>> {
  const facts = await stat(live).catch(() => undefined);
  if (facts === undefined) return ok();
  try {
    const { uid, gid } = await stat(staged);
    const isOther = uid !== facts.uid || gid !== facts.gid;
    if (owner === undefined && isOther) await chown(staged, facts.uid, facts.gid);
    if (fileMode === undefined) await chmod(staged, facts.mode & 0o777);
    return ok();
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const hint = 'Run as root, or say with --owner to whom it belongs.';
    return failed(
      failure('DESTINATION_REFUSED', `the database cannot be given the owner of ${live} (${code})`, { hint }),
    );
  }
}
