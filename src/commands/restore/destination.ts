import { mkdir, mkdtemp, readdir, realpath, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { formatBytes } from '../../domain/size.ts';

/** A place that does not exist yet or is an empty folder, checked before anything is read. */
export interface Destination {
  /** Absolute, with its parent resolved. */
  readonly path: string;
  readonly parent: string;
  readonly freeBytes: number;
}

export async function checkDestination(to: string): Promise<Result<Destination>> {
  const absolute = resolve(to);
  const existing = await entriesOf(absolute);
  if (!existing.ok) return existing;
  if (existing.value.length > 0) {
    const count = existing.value.length;
    return failed(
      failure(
        'DESTINATION_REFUSED',
        `${absolute} is not empty: ${String(count)} ${count === 1 ? 'entry' : 'entries'}`,
        {
          facts: { path: absolute },
        },
      ),
    );
  }
  return ok({ path: absolute, parent: dirname(absolute), freeBytes: await freeBytesAt(dirname(absolute)) });
}

/** Free on the file system on which something at this path lies, or would. */
export async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestExisting(resolve(path)));
  return bavail * bsize;
}

async function entriesOf(path: string): Promise<Result<readonly string[]>> {
  try {
    return ok(await readdir(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return ok([]);
    const why = code === 'ENOTDIR' ? 'it is not a directory' : (code ?? 'it cannot be read');
    return failed(failure('DESTINATION_REFUSED', `${path} cannot hold a restore: ${why}`));
  }
}

async function nearestExisting(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : nearestExisting(dirname(path));
}

export function checkRoom(destination: Destination, bytes: number): Result<void> {
  if (destination.freeBytes >= bytes) return ok();
  return failed(
    failure(
      'TARGET_FULL',
      `the restore needs ${formatBytes(bytes)}, ${destination.parent} has ${formatBytes(destination.freeBytes)} free`,
    ),
  );
}

export interface Staging {
  readonly path: string;
  /** Puts the staged tree in place with one rename. */
  publish(): Promise<Result<void>>;
  /** Removes what is staged; nothing happens once it is published. */
  discard(): Promise<void>;
}

/** A private folder beside the destination, so that the restore becomes visible whole or not at all. */
export async function openStaging(destination: Destination): Promise<Result<Staging>> {
  try {
    await mkdir(destination.parent, { recursive: true });
    const parent = await realpath(destination.parent);
    const final = join(parent, basename(destination.path));
    const root = await mkdtemp(join(parent, `.${basename(final)}.backup-plan-restore-`));
    const path = join(root, 'staged');
    await mkdir(path, { mode: 0o700 });
    return ok({
      path,
      publish: () => publish(path, final),
      discard: () => rm(root, { recursive: true, force: true }),
    });
  } catch (error) {
    return failed(refused(destination.parent, error));
  }
}

async function publish(staged: string, final: string): Promise<Result<void>> {
  try {
    await rmdir(final).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    await rename(staged, final);
    return ok();
  } catch (error) {
    return failed(refused(final, error));
  }
}

function refused(path: string, error: unknown): ReturnType<typeof failure> {
  const { code, message } = error as NodeJS.ErrnoException;
  return failure('DESTINATION_REFUSED', `${path} cannot hold a restore: ${code ?? message}`, {
    hint: 'Name a folder that does not exist yet, below a writable one on the file system that shall hold the data.',
  });
}
