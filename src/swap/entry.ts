import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../domain/errno.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { withDirectory, type KnownDirectory } from './directory.ts';

export interface EntryFacts {
  readonly isLink: boolean;
  readonly inode: string;
  readonly changedNs: string;
}

/** What lies at a path, the last link not followed; undefined where nothing does, or no directory for it. */
export async function lookAt(
  path: string,
  known: readonly KnownDirectory[],
): Promise<Result<EntryFacts | undefined>> {
  const above = await reachable(dirname(path));
  if (!above) return ok(undefined);
  return withDirectory(dirname(path), known, async (directory) => {
    try {
      const found = await lstat(directory.at(basename(path)), { bigint: true });
      return ok({
        isLink: found.isSymbolicLink(),
        inode: String(found.ino),
        changedNs: String(found.ctimeNs),
      });
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return ok(undefined);
      throw error;
    }
  });
}

async function reachable(directory: string): Promise<boolean> {
  try {
    await lstat(directory);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return !['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
  }
}

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly known: readonly KnownDirectory[];
}

/** One rename, durable once it has returned. It never replaces anything and follows no link on the way. */
export async function moveEntry({ from, to, known }: Move): Promise<Result<void>> {
  return withDirectory(dirname(from), known, (source) =>
    withDirectory(dirname(to), known, async (destination) => {
      const target = destination.at(basename(to));
      if (await isThere(target)) {
        return failed(failure('DESTINATION_REFUSED', `${to} appeared while it was being replaced`));
      }
      await rename(source.at(basename(from)), target);
      await destination.sync();
      await source.sync();
      return ok();
    }),
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A new private folder in a directory that is there. */
export async function makeFolder(path: string, known: readonly KnownDirectory[] = []): Promise<Result<void>> {
  return withDirectory(dirname(path), known, async (directory) => {
    await mkdir(directory.at(basename(path)), { mode: 0o700 });
    await directory.sync();
    return ok();
  });
}
