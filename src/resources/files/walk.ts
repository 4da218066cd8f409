import { lstatSync, readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { bytesOf } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import type { IndexEntry } from '../../domain/record.ts';

export type EntryType = IndexEntry['type'];

/** What was found at one path; a directory's path ends with `/`. */
export interface Found {
  readonly path: BytePath;
  readonly type: EntryType;
  readonly stats: BigIntStats;
  readonly root: Root;
  /** A directory that could not be listed. */
  readonly unreadable?: boolean;
}

export type WalkEvent =
  | { readonly kind: 'found'; readonly found: Found }
  /** Everything below the directory has been given. */
  | { readonly kind: 'left'; readonly path: BytePath }
  | { readonly kind: 'problem'; readonly path: BytePath; readonly problem: 'vanished' | 'unreadable' };

/** Where a walk starts. `path` is relative to the walk's base and has no trailing slash. */
export interface Root {
  readonly path: BytePath;
  /** Of the file system that it lies on. */
  readonly device?: bigint;
}

/** Decides what a walk sees. */
export interface Selection {
  /** Which of a directory's names to look at. */
  narrow(directory: Found, names: string[]): string[];
  /** False: not even looked at. */
  touches(path: BytePath, root: Root): boolean;
  keeps(found: Found): boolean;
}

export interface WalkRequest {
  /** Absolute, without trailing slash; empty for `/`. */
  readonly base: BytePath;
  /** Where a path lies instead, below the base, for a tree that is walked as if it lay elsewhere. */
  readonly placeOf?: (path: BytePath) => BytePath;
  /** Sorted; none lies inside another unless `nested` holds the inner ones. */
  readonly roots: readonly Root[];
  readonly nested?: readonly Root[];
  readonly selection?: Selection;
}

interface Frame {
  readonly directory: Found;
  readonly names: readonly string[];
  next: number;
  /** Directories that sort after names yet to come, because their path ends with `/`. */
  readonly held: Found[];
  /** Left out itself: only the way to a nested root. */
  readonly bridge: boolean;
}

const TYPES: Readonly<Record<number, EntryType>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
  0o010000: 'fifo',
  0o140000: 'socket',
  0o020000: 'character',
  0o060000: 'block',
};
const FORMAT_BITS = 0o170000;

/** Depth first, in the order of path bytes, without following a link or opening a file. */
export function* walk(request: WalkRequest): Generator<WalkEvent, void, undefined> {
  for (const root of request.roots) {
    const found = look(request, root.path, root);
    if (found === undefined || 'kind' in found) {
      if (found !== undefined) yield found;
      continue;
    }
    if (found.type === 'directory') yield* descend(request, found);
    else yield { kind: 'found', found };
  }
}

function* descend(request: WalkRequest, top: Found): Generator<WalkEvent, void, undefined> {
  const stack: Frame[] = [];
  yield* enter(request, stack, top);
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const found = nextOf(request, frame);
    if (found === undefined) {
      stack.pop();
      if (!frame.bridge && frame.directory.path !== '') yield { kind: 'left', path: frame.directory.path };
    } else if ('kind' in found) yield found;
    else if (found.type === 'directory') yield* enter(request, stack, found);
    else yield { kind: 'found', found };
  }
}

function* enter(
  request: WalkRequest,
  stack: Frame[],
  directory: Found,
): Generator<WalkEvent, void, undefined> {
  const bridge = !isKept(request, directory);
  const names = list(request, directory);
  if (names === 'vanished') {
    yield { kind: 'problem', path: directory.path, problem: 'vanished' };
    return;
  }
  const unreadable = names === 'unreadable';
  if (!bridge && directory.path !== '') {
    yield { kind: 'found', found: unreadable ? { ...directory, unreadable } : directory };
  }
  if (unreadable) yield { kind: 'problem', path: directory.path, problem: 'unreadable' };
  const kept = unreadable ? [] : narrow(request, { directory, names, bridge });
  stack.push({ directory, names: kept, next: 0, held: [], bridge });
}

/** Takes the next child in byte order: a name that is a directory's is held back until its turn. */
function nextOf(request: WalkRequest, frame: Frame): Found | WalkEvent | undefined {
  for (;;) {
    const name = frame.names[frame.next];
    const held = frame.held.at(-1);
    const path = name === undefined ? undefined : frame.directory.path + name;
    if (held !== undefined && (path === undefined || held.path < path)) return frame.held.pop();
    if (path === undefined) return undefined;
    frame.next += 1;
    const found = look(request, path, rootAt(request, path) ?? frame.directory.root);
    if (found === undefined) continue;
    if ('kind' in found) return found;
    if (found.type === 'directory') {
      if (isKept(request, found) || isOnTheWay(request, found.path)) frame.held.push(found);
    } else if (!frame.bridge && isKept(request, found)) return found;
  }
}

function look(request: WalkRequest, path: BytePath, root: Root): Found | WalkEvent | undefined {
  if (path !== root.path && request.selection?.touches(path, root) === false) return undefined;
  try {
    const stats = lstatSync(placeOf(request, path), { bigint: true });
    const type = typeOf(stats);
    return { path: type === 'directory' && path !== '' ? `${path}/` : path, type, stats, root };
  } catch (error) {
    return { kind: 'problem', path, problem: problemOf(error) };
  }
}

export function typeOf({ mode }: BigIntStats): EntryType {
  return TYPES[Number(mode) & FORMAT_BITS] ?? 'file';
}

function list(request: WalkRequest, { path }: Found): string[] | 'vanished' | 'unreadable' {
  try {
    return readdirSync(placeOf(request, path), { encoding: 'latin1' }).sort(byBytes);
  } catch (error) {
    return problemOf(error);
  }
}

function placeOf(request: WalkRequest, path: BytePath): string | Buffer {
  return systemPath(request.base, request.placeOf?.(path) ?? path);
}

export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A name too long for the system's calls is a thing that cannot be read, not a thing that is gone. */
function problemOf(error: unknown): 'vanished' | 'unreadable' {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return code === 'ENOENT' || code === 'ENOTDIR' ? 'vanished' : 'unreadable';
}

/** Node takes a string as UTF-8, so only pure ASCII may go as one. */
export function systemPath(base: BytePath, path: BytePath): string | Buffer {
  const whole = `${base}/${path}`;
  // eslint-disable-next-line no-control-regex -- ASCII
  return /^[\x00-\x7f]*$/.test(whole) ? whole : bytesOf(whole);
}

function isKept({ selection }: WalkRequest, found: Found): boolean {
  return selection === undefined || found.root.path === bare(found.path) || selection.keeps(found);
}

/** On the way to a nested root nothing is narrowed: more is kept rather than less. */
function narrow(
  request: WalkRequest,
  { directory, names, bridge }: { directory: Found; names: string[]; bridge: boolean },
): readonly string[] {
  if (bridge) return names.filter((name) => isOnTheWay(request, `${directory.path}${name}/`));
  if (isOnTheWay(request, directory.path)) return names;
  return request.selection?.narrow(directory, names) ?? names;
}

function rootAt({ nested = [] }: WalkRequest, path: BytePath): Root | undefined {
  return nested.find((root) => root.path === path);
}

function isOnTheWay({ nested = [] }: WalkRequest, path: BytePath): boolean {
  return nested.some((root) => `${root.path}/`.startsWith(path));
}

function bare(path: BytePath): BytePath {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
