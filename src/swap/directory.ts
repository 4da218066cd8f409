import { constants, readFileSync } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';

/** A directory that must still be the same one whenever something in it is renamed. */
export interface KnownDirectory {
  readonly path: string;
  /** Decimal. */
  readonly device: string;
  readonly inode: string;
  /** During which the device has this number: the next boot may give it another one. */
  readonly boot: string;
}

/** An open directory: its entries stay reachable whatever becomes of the path to it. */
export interface OpenDirectory {
  /** Names an entry for a call of the operating system, relative to the open directory. */
  at(name: string): string;
  sync(): Promise<void>;
}

const O_PATH = 0o10000000;
const NO_LINKS = constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens a directory from the root downwards without following any link, and refuses it where it is
 * known and no longer the same. Errors of the operating system become failures.
 */
export async function withDirectory<T>(
  path: string,
  known: readonly KnownDirectory[],
  use: (directory: OpenDirectory) => Promise<Result<T>>,
): Promise<Result<T>> {
  let handle: FileHandle | undefined;
  try {
    handle = await walkTo(path);
    const expected = known.find((one) => one.path === path);
    if (expected !== undefined && !(await isSame(handle, expected))) return failed(exchanged(path));
    return await use(opened(handle));
  } catch (error) {
    return failed(refusal(error, path));
  } finally {
    await handle?.close();
  }
}

async function walkTo(path: string): Promise<FileHandle> {
  const names = path.split('/').filter((name) => name !== '');
  let handle = await open('/', constants.O_DIRECTORY | (names.length === 0 ? constants.O_RDONLY : O_PATH));
  for (const [position, name] of names.entries()) {
    const mode = position === names.length - 1 ? constants.O_RDONLY : O_PATH;
    const above = handle;
    try {
      handle = await open(within(above, name), NO_LINKS | mode);
    } finally {
      await above.close();
    }
  }
  return handle;
}

function within(handle: FileHandle, name: string): string {
  return `/proc/self/fd/${String(handle.fd)}/${name}`;
}

async function isSame(handle: FileHandle, { device, inode, boot }: KnownDirectory): Promise<boolean> {
  const { dev, ino } = await handle.stat({ bigint: true });
  return String(ino) === inode && (String(dev) === device || boot !== currentBoot());
}

function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function opened(handle: FileHandle): OpenDirectory {
  return { at: (name) => within(handle, name), sync: () => handle.sync() };
}

function exchanged(path: string): Failure {
  return failure('DESTINATION_REFUSED', `${path} is not the directory that it was when the restore began`);
}

/** Throws what is no error of the operating system. */
export function refusal(error: unknown, path: string): Failure {
  if (errnoOf(error) === 'ENOTDIR')
    return failure('DESTINATION_REFUSED', `${path}: what is there is no directory, or a link is in the way`);
  const { code, message, ...rest } = failureFromErrno(error, path);
  return failure(code === 'TARGET_FULL' ? code : 'DESTINATION_REFUSED', message, rest);
}

/** What a directory is now, for comparing it later. */
export async function recognise(path: string): Promise<Result<KnownDirectory>> {
  return withDirectory(path, [], async (directory) => {
    const { dev, ino } = await lstat(directory.at('.'), { bigint: true });
    return ok({ path, device: String(dev), inode: String(ino), boot: currentBoot() });
  });
}
