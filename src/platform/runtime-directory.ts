import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { failureFromErrno } from '../domain/errno.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { createPrivateDirectory, privateName } from './private-directory.ts';

/** What children of this process share: an empty HOME, and the place where pipes are born. */
export interface RuntimeDirectory {
  readonly path: string;
  readonly home: string;
}

let current: Promise<Result<RuntimeDirectory>> | undefined;

/** The one runtime directory of this process, made on first use and removed when it exits. */
export function runtimeDirectory(): Promise<Result<RuntimeDirectory>> {
  current ??= make();
  return current;
}

async function make(): Promise<Result<RuntimeDirectory>> {
  const made = await createPrivateDirectory(tmpdir(), 'backup-plan');
  if (!made.ok) {
    current = undefined;
    return made;
  }
  process.once('exit', () => {
    rmSync(made.value.path, { recursive: true, force: true });
  });
  const home = path.join(made.value.path, 'home');
  try {
    mkdirSync(home, { mode: 0o700 });
  } catch (error) {
    current = undefined;
    return failed(failureFromErrno(error, `cannot make ${home}`));
  }
  return ok({ path: made.value.path, home });
}

/**
 * A path for a folder that its user makes when it is needed: gone when this process exits, and
 * collected by the next one after a kill.
 */
export function folderUntilExit(): string {
  const folder = path.join(tmpdir(), privateName('backup-plan', randomBytes(8).toString('hex')));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
