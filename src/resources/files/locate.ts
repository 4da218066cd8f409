import { isUtf8 } from 'node:buffer';
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { bytesOf, displayBytes } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { systemPath } from './walk.ts';

const MOST_LINKS = 40;

/**
 * Where a path leads, without a leading slash: every link followed, also one whose end is missing;
 * what does not exist is taken to lie in the nearest directory that does.
 */
export function locate(path: BytePath, links = MOST_LINKS): Result<BytePath> {
  try {
    const real = realpathSync.native(systemPath('', path), 'buffer');
    return ok(real.toString('latin1').slice(1));
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code !== 'ENOENT' || path === '' || links === 0) return failed(unusable(path, code));
  }
  const parent = locate(parentOf(path), links);
  if (!parent.ok) return parent;
  const here = join(parent.value, path.slice(path.lastIndexOf('/') + 1));
  const link = danglingLink(here);
  if (link === undefined) return ok(here);
  return locate(posix.resolve('/', parent.value, link).slice(1), links - 1);
}

function danglingLink(path: BytePath): BytePath | undefined {
  try {
    return readlinkSync(systemPath('', path), 'latin1');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Refuses a path that leads through anything but directories below `top`: it would lead elsewhere. */
export function locateBelow(top: BytePath, path: BytePath): Result<BytePath> {
  const between = path
    .slice(top.length + (top === '' ? 0 : 1))
    .split('/')
    .slice(0, -1);
  let directory = top;
  for (const name of between) {
    directory = join(directory, name);
    const defect = defectOf(directory);
    if (defect !== undefined) return failed(defect);
  }
  return ok(path);
}

function defectOf(directory: BytePath): Failure | undefined {
  try {
    if (lstatSync(systemPath('', directory)).isDirectory()) return undefined;
    return unusable(directory, 'it is a directory in the snapshot, and is none now');
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' ? undefined : unusable(directory, code);
  }
}

/** The contract names live paths as text. */
export function textOfPath(path: BytePath): Result<string> {
  if (isUtf8(bytesOf(path))) return ok(bytesOf(path).toString());
  return failed(
    failure('RESTORE_UNSUPPORTED', `the name of /${displayBytes(path)} is no UTF-8`, {
      hint: 'Restore the directory above it, or into a new folder with --to.',
    }),
  );
}

function unusable(path: BytePath, why: string): Failure {
  return failure('DESTINATION_REFUSED', `/${displayBytes(path)} cannot be replaced: ${why}`);
}

export function join(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
