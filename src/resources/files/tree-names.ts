import { readdirSync, type Dirent } from 'node:fs';
import type { BytePath } from '../../domain/index-entry.ts';
import { systemPath, type EntryType } from './walk.ts';

export interface Named {
  /** A directory's path ends with `/`. */
  readonly path: BytePath;
  readonly type: EntryType;
}

/**
 * Names and types of a tree in the order of path bytes, read from its directories alone: a fraction
 * of what looking at every entry costs. For trees that nobody else writes to.
 */
export function* treeNames(base: BytePath): Generator<Named, void, undefined> {
  const stack = [childrenOf(base, '')];
  for (let children = stack.at(-1); children !== undefined; children = stack.at(-1)) {
    const next = children.pop();
    if (next === undefined) {
      stack.pop();
      continue;
    }
    yield next;
    if (next.type === 'directory') stack.push(childrenOf(base, next.path));
  }
}

/** Last first, so that the next one is popped. */
function childrenOf(base: BytePath, directory: BytePath): Named[] {
  const entries = readdirSync(systemPath(base, directory), { encoding: 'buffer', withFileTypes: true });
  return entries.map((entry) => named(directory, entry)).sort(lastFirst);
}

function named(directory: BytePath, entry: Dirent<Buffer>): Named {
  const type = typeOf(entry);
  return { path: `${directory}${entry.name.toString('latin1')}${type === 'directory' ? '/' : ''}`, type };
}

function typeOf(entry: Dirent<Buffer>): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  return entry.isBlockDevice() ? 'block' : 'character';
}

function lastFirst(a: Named, b: Named): number {
  if (a.path === b.path) return 0;
  return a.path < b.path ? 1 : -1;
}
