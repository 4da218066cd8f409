import { mkdtemp, readdir, rm, lstat } from 'node:fs/promises';
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';

export interface PrivateDirectory {
  readonly path: string;
  /** Removes it with all it holds; idempotent. */
  remove(): Promise<void>;
}

/**
 * Makes a 0700 folder `<parent>/<prefix>-<pid namespace>-<pid>-<random>` and removes those that dead
 * processes left there. Names carry the namespace because a number of another container says nothing
 * about who lives here.
 */
export async function createPrivateDirectory(
  parent: string,
  prefix: string,
): Promise<Result<PrivateDirectory>> {
  try {
    await removeStale(parent, prefix);
    const directory = await mkdtemp(path.join(parent, privateName(prefix, '')));
    return ok({
      path: directory,
      remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
    });
  } catch (error) {
    return failed(failureFromErrno(error, `cannot make a private directory in ${parent}`));
  }
}

/** The form of name by which `createPrivateDirectory` knows whose a folder was. */
export function privateName(prefix: string, suffix: string): string {
  return `${prefix}-${pidNamespace()}-${String(process.pid)}-${suffix}`;
}

/** Runs `use` with a private directory that is gone afterwards, whatever happened. */
export async function withPrivateDirectory<T>(
  parent: string,
  prefix: string,
  use: (directory: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const made = await createPrivateDirectory(parent, prefix);
  if (!made.ok) return made;
  try {
    return await use(made.value.path);
  } finally {
    await made.value.remove();
  }
}

async function removeStale(parent: string, prefix: string): Promise<void> {
  const start = `${prefix}-${pidNamespace()}-`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(start)) continue;
    const pid = /^(\d+)-[^-]+$/.exec(name.slice(start.length))?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const stale = path.join(parent, name);
    if (await isOwnDirectory(stale)) await rm(stale, { recursive: true, force: true });
  }
}

async function isOwnDirectory(candidate: string): Promise<boolean> {
  try {
    const facts = await lstat(candidate);
    return facts.isDirectory() && facts.uid === process.getuid?.();
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}

/** A zombie holds nothing; where nobody waits for it, as in many containers, it stays for ever. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}
