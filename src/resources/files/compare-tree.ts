import { chmodSync, rmSync } from 'node:fs';
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
import { systemPath, walk } from './walk.ts';
import type { EntryType, Found } from './walk.ts';
import type { Wanted } from './wanted.ts';

export interface TreeComparison {
  /** In the tree and listed, of the listed type. */
  readonly onBoth: (found: Found, entry: IndexEntry) => void;
  /** In the tree and listed, of another type. */
  readonly onOther: (found: Found, entry: IndexEntry) => void;
  /** In the tree, and not listed. */
  readonly onExtra: (found: Found) => void;
  /** Listed, but not in the tree. */
  readonly onMissing: (entry: IndexEntry) => void;
}

interface TreeRequest {
  readonly tree: string;
  readonly lines: AsyncIterable<Buffer>;
  readonly wanted: Wanted;
}

const ENTRIES_PER_TURN = 512;

/** Walks a real tree beside the wanted part of an index; both are in the same order. */
export async function compareTree(request: TreeRequest, on: TreeComparison): Promise<void> {
  const listed = wantedEntries(request);
  let next = await listed.next();
  let count = 0;
  for (const event of walk({ base: toBytePath(request.tree), roots: [{ path: '' }] })) {
    if (event.kind !== 'found') continue;
    const { found } = event;
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
  await compareTree(request, {
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

const OWNER_BITS = 0o700;

export interface TreeVerdict {
  readonly entries: number;
  readonly bytes: number;
  /** Displayed names of what is missing, of another type or size, or not listed. */
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
}

/** Holds the restored tree against the index that it was restored from. */
export async function verifyTree(request: VerifyRequest): Promise<TreeVerdict> {
  const verdict = { entries: 0, bytes: 0, wrong: [] as string[], notStored: 0, excused: 0 };
  const complain = (path: BytePath) => {
    const name = displayBytes(path.replace(/\/$/, ''));
    if (request.excused.has(name)) verdict.excused += 1;
    else verdict.wrong.push(name);
  };
  const judgeOther = (found: Found, entry: IndexEntry) => {
    if (isNewerState(found, entry)) verdict.excused += 1;
    else complain(found.path);
  };
  await compareTree(request, {
    onBoth(found, entry) {
      verdict.entries += 1;
      if (entry.type === 'file') verdict.bytes += Number(found.stats.size);
      if (entry.size !== undefined && BigInt(entry.size) !== found.stats.size) judgeOther(found, entry);
      if (found.type === 'directory') setMode(request.tree, found, entry);
    },
    onOther: judgeOther,
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
function isNewerState({ stats }: Found, { mtimeNs }: IndexEntry): boolean {
  return mtimeNs !== undefined && mtimeNs !== String(stats.mtimeNs);
}

/** Opened up for a later level where we are not root, a directory may not have been set again. */
function setMode(tree: string, { path, stats }: Found, { mode }: IndexEntry): void {
  if (mode === undefined || (Number(stats.mode) & 0o7777) === mode) return;
  chmodSync(pathIn(tree, path), mode);
}

function pathIn(tree: string, path: BytePath): string | Buffer {
  return systemPath(toBytePath(tree), path.replace(/\/$/, ''));
}
