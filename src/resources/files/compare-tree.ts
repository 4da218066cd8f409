import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import {
  bytePathOf,
  bytePathOfLine,
  displayBytes,
  parseIndexLine,
  toBytePath,
} from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import { treeNames } from './tree-names.ts';
import type { Named } from './tree-names.ts';
import { systemPath, walk } from './walk.ts';
import type { EntryType, Found } from './walk.ts';
import type { Wanted } from './wanted.ts';

interface TreeComparison<T extends Named> {
  /** In the tree and listed, of the listed type. */
  readonly onBoth: (found: T, entry: IndexEntry) => void;
  /** In the tree and listed, of another type. */
  readonly onOther: (found: T, entry: IndexEntry) => void;
  /** In the tree, and not listed. */
  readonly onExtra: (found: T) => void;
  /** Listed, but not in the tree. */
  readonly onMissing: (entry: IndexEntry) => void;
}

interface TreeRequest {
  readonly tree: string;
  readonly lines: AsyncIterable<Buffer>;
  readonly wanted: Wanted;
}

const ENTRIES_PER_TURN = 512;

/** Holds a real tree beside the wanted part of an index; both are in the same order. */
async function compareTree<T extends Named>(
  request: TreeRequest,
  tree: Iterable<T>,
  on: TreeComparison<T>,
): Promise<void> {
  const listed = wantedEntries(request);
  let next = await listed.next();
  let count = 0;
  for (const found of tree) {
    for (; next.done !== true && next.value.path < found.path; next = await listed.next()) {
      on.onMissing(next.value.entry);
    }
    const entry = next.done === true || next.value.path !== found.path ? undefined : next.value.entry;
    if (entry !== undefined) (matches(entry.type, found.type) ? on.onBoth : on.onOther)(found, entry);
    else if (next.done === true || !isAbove(found.path, next.value.path)) on.onExtra(found);
    if (entry !== undefined) next = await listed.next();
    count += 1;
    if (count % ENTRIES_PER_TURN === 0) await setImmediate();
  }
  for (; next.done !== true; next = await listed.next()) on.onMissing(next.value.entry);
}

async function* wantedEntries({
  lines,
  wanted,
}: TreeRequest): AsyncGenerator<{ path: BytePath; entry: IndexEntry }, void, undefined> {
  for await (const line of lines) {
    const path = bytePathOfLine(line);
    if (path === undefined || wanted.verdict(path) === 'no') continue;
    const entry = parseIndexLine(line);
    if (entry !== undefined) yield { path, entry };
  }
}

function matches(listed: EntryType, found: EntryType): boolean {
  return listed === found || (listed === 'hardlink' && found !== 'directory');
}

function isAbove(directory: BytePath, path: BytePath): boolean {
  return directory.endsWith('/') && path.startsWith(directory);
}

/**
 * Makes the tree ready for the next level: what that level no longer lists, or lists as another type,
 * goes. Looking at the real tree rather than at the older index also removes any link in the place
 * of a directory, so that nothing of the next level can be written through it.
 */
export async function clearForLevel(request: TreeRequest, asRoot: boolean): Promise<void> {
  const remove = (path: BytePath) => {
    rmSync(pathIn(request.tree, path), { recursive: true, force: true });
  };
  await compareTree(request, entriesOf(request.tree), {
    onBoth({ path, type, stats }, entry) {
      const closed = type === 'directory' && !asRoot && (Number(stats.mode) & OWNER_BITS) !== OWNER_BITS;
      if (closed) chmodSync(pathIn(request.tree, path), OWNER_BITS);
      if (entry.stored === false && type !== 'directory') remove(path);
    },
    onOther: ({ path }) => {
      remove(path);
    },
    onExtra: ({ path }) => {
      remove(path);
    },
    onMissing: () => undefined,
  });
}

function* entriesOf(tree: string): Generator<Found, void, undefined> {
  for (const event of walk({ base: toBytePath(tree), roots: [{ path: '' }] })) {
    if (event.kind === 'found') yield event.found;
  }
}

const OWNER_BITS = 0o700;

export interface TreeVerdict {
  readonly entries: number;
  readonly bytes: number;
  /** Displayed names of what is missing, of another type, or not listed. */
  readonly wrong: readonly string[];
  /** Listed, but stored nowhere: sockets, unreadable files. */
  readonly notStored: number;
  /** Changed or vanished while they were captured. */
  readonly excused: number;
}

interface VerifyRequest extends TreeRequest {
  readonly excused: ReadonlySet<string>;
  /** Paths that may be absent. */
  readonly skipped: ReadonlySet<BytePath>;
  readonly asRoot: boolean;
}

/**
 * Holds the names and types of the restored tree against the index that it was restored from. That
 * the bytes are those of the archive is proven by its digest, its size and the totals of tar.
 */
export async function verifyTree(request: VerifyRequest): Promise<TreeVerdict> {
  const verdict = { entries: 0, bytes: 0, wrong: [] as string[], notStored: 0, excused: 0 };
  const complain = (path: BytePath) => {
    const name = displayBytes(path.replace(/\/$/, ''));
    if (request.excused.has(name)) verdict.excused += 1;
    else verdict.wrong.push(name);
  };
  await compareTree(request, treeNames(toBytePath(request.tree)), {
    onBoth({ path, type }, entry) {
      verdict.entries += 1;
      if (entry.type === 'file') verdict.bytes += entry.size ?? 0;
      if (type === 'directory' && !request.asRoot) setMode(request.tree, path, entry);
    },
    onOther({ path }, entry) {
      if (isNewerState(request.tree, path, entry)) verdict.excused += 1;
      else complain(path);
    },
    onExtra: ({ path }) => {
      complain(path);
    },
    onMissing(entry) {
      const path = bytePathOf(entry);
      if (entry.stored === false || request.skipped.has(path)) verdict.notStored += 1;
      else complain(path);
    },
  });
  return verdict;
}

/** What changed after it was listed and before it was read is newer than its line, not damaged. */
function isNewerState(tree: string, path: BytePath, { mtimeNs }: IndexEntry): boolean {
  const found = lstatSync(pathIn(tree, path), { bigint: true });
  return mtimeNs !== undefined && mtimeNs !== String(found.mtimeNs);
}

/** Opened up for a later level where we are not root, a directory may not have been set again. */
function setMode(tree: string, path: BytePath, { mode }: IndexEntry): void {
  const place = pathIn(tree, path);
  if (mode !== undefined && (lstatSync(place).mode & 0o7777) !== mode) chmodSync(place, mode);
}

function pathIn(tree: string, path: BytePath): string | Buffer {
  return systemPath(toBytePath(tree), path.replace(/\/$/, ''));
}
