import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from './attempt.ts';
import { errnoOf, ifPresent, type FileLayer } from './file-layer.ts';
import { isMountPoint } from './mount.ts';
import type { FilesystemOptions } from './options.ts';
import { syncDirectory } from './sync.ts';

/** The opened directory of a target. */
export interface Root {
  readonly layer: FileLayer;
  /** Without symbolic links. */
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  /** Directories of which the way down from the root is known to be durable. */
  readonly durable: Set<string>;
}

export async function openRoot(layer: FileLayer, { path, mustBeMount }: FilesystemOptions): Promise<Root> {
  const real = await ifPresent(layer.realpath(path));
  if (real === undefined) throw new Refusal('TARGET_UNREACHABLE', `${path} does not exist`);
  const stats = await layer.lstat(real);
  if (!stats.isDirectory()) throw new Refusal('TARGET_UNSAFE', `${path} is not a directory`);
  if (mustBeMount && !(await isMountPoint(layer, real)))
    throw new Refusal('TARGET_UNREACHABLE', `nothing is mounted at ${path}`);
  return { layer, path: real, device: stats.dev, inode: stats.ino, durable: new Set([real]) };
}

/** Makes the directory, private, where it is missing. Never where a mount is expected. */
export async function makeRoot(layer: FileLayer, { path, mustBeMount }: FilesystemOptions): Promise<void> {
  if (mustBeMount || (await ifPresent(layer.lstat(path))) !== undefined) return;
  await layer.mkdir(dirname(path), { recursive: true });
  try {
    await layer.mkdir(path, { mode: 0o700 });
    await layer.chmod(path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  await syncDirectory(layer, dirname(path));
}

/** Notices that the file system went away below us: a bare mount point must neither be filled nor believed. */
export async function checkRoot({ layer, path, device, inode }: Root): Promise<void> {
  const stats = await ifPresent(layer.lstat(path));
  if (stats?.dev !== device || stats.ino !== inode)
    throw new Refusal('TARGET_UNREACHABLE', `${path} is no longer the directory that was opened`);
}

/**
 * The absolute path of an existing directory below the root, or undefined. Every component on the
 * way must be a real directory.
 */
export async function findDirectory(root: Root, segments: readonly string[]): Promise<string | undefined> {
  let path = root.path;
  for (const segment of segments) {
    path = join(path, segment);
    const stats = await ifPresent(root.layer.lstat(path));
    if (stats === undefined) {
      await checkRoot(root);
      return undefined;
    }
    requireDirectory(path, stats);
  }
  return path;
}

/**
 * As `findDirectory`, but makes what is missing and vouches that the way down is durable and that
 * nobody else can write or swap any part of it.
 */
export async function ensureDirectory(root: Root, segments: readonly string[]): Promise<string> {
  await checkRoot(root);
  requirePrivate(root.path, await root.layer.lstat(root.path));
  let path = root.path;
  for (const segment of segments) {
    const parent = path;
    path = join(parent, segment);
    const stats = (await ifPresent(root.layer.lstat(path))) ?? (await makeDirectory(root, path));
    requireDirectory(path, stats);
    requirePrivate(path, stats);
    // Also where another process made it: it may not have come to its own fsync yet.
    if (root.durable.has(path)) continue;
    await syncDirectory(root.layer, parent);
    root.durable.add(path);
  }
  return path;
}

async function makeDirectory({ layer }: Root, path: string): Promise<Stats> {
  try {
    await layer.mkdir(path, { mode: 0o700 });
    await layer.chmod(path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return layer.lstat(path);
}

function requireDirectory(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw new Refusal('TARGET_UNSAFE', `${path} is a symbolic link`);
  if (!stats.isDirectory()) throw new Refusal('TARGET_UNSAFE', `${path} is not a directory`);
}

function requirePrivate(path: string, stats: Stats): void {
  const isOurs = stats.uid === process.geteuid?.() || stats.uid === 0;
  if (!isOurs) throw new Refusal('TARGET_UNSAFE', `${path} belongs to another user`);
  if ((stats.mode & 0o002) !== 0) throw new Refusal('TARGET_UNSAFE', `${path} can be written by everybody`);
}
