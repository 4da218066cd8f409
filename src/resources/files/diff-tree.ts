import { setImmediate } from 'node:timers/promises';
import { bytePathOfLine, displayBytes, parseIndexLine } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { DiffContext, PathDifference } from '../../domain/resource-type.ts';
import { differences, statsAt } from './diff-entry.ts';
import { openView } from './diff-view.ts';
import type { DiffView } from './diff-view.ts';
import { walk } from './walk.ts';
import { readWanted } from './wanted.ts';

const STEPS_PER_TURN = 512;

/**
 * Holds an index beside the tree at its place, both in the order of the index. What the plan leaves
 * out is never `extra`, but compared all the same where the snapshot holds it.
 */
export async function* diffTree(context: DiffContext): AsyncGenerator<PathDifference, void, undefined> {
  const view = openView(context);
  const found = presentPaths(view)[Symbol.iterator]();
  const extras = createExtras();
  const compare = createComparison(view);
  let live = found.next();
  let steps = 0;
  for await (const { path, entry } of listed(context)) {
    for (; live.done !== true && live.value < path; live = found.next()) {
      extras.add(live.value);
      yield* extras.before(path);
      if (++steps % STEPS_PER_TURN === 0) await setImmediate();
    }
    if (live.done !== true && live.value === path) live = found.next();
    yield* extras.before(path);
    const difference = compare(path, entry);
    if (difference?.what === 'type') extras.known(path);
    if (difference !== undefined) yield difference;
    if (++steps % STEPS_PER_TURN === 0) await setImmediate();
  }
  for (; live.done !== true; live = found.next()) {
    extras.add(live.value);
    if (++steps % STEPS_PER_TURN === 0) await setImmediate();
    yield* extras.before(live.value);
  }
  yield* extras.rest();
}

function* presentPaths({ walk: request }: DiffView): Generator<BytePath, void, undefined> {
  for (const event of walk(request)) if (event.kind === 'found') yield event.found.path;
}

async function* listed({ lines, only }: DiffContext) {
  const wanted = readWanted(only);
  for await (const line of lines) {
    const path = bytePathOfLine(line);
    if (path === undefined || wanted.verdict(path) !== 'asked') continue;
    const entry = parseIndexLine(line);
    if (entry !== undefined) yield { path, entry };
  }
}

type Compare = (path: BytePath, entry: IndexEntry) => PathDifference | undefined;

/** Called in the order of the index. Below what is no directory nothing is looked at: a link leads elsewhere. */
function createComparison(view: DiffView): Compare {
  let gone: BytePath | undefined;
  return (path, entry) => {
    const place = gone !== undefined && path.startsWith(gone) ? undefined : view.systemPathOf(bare(path));
    const stats = place === undefined ? 'none' : statsAt(place);
    const isThere = place !== undefined && typeof stats !== 'string';
    if (place !== undefined && entry.type === 'directory' && !(isThere && stats.isDirectory())) gone = path;
    const shown = displayBytes(path);
    if (isThere) return asDifference(shown, differences(entry, stats, { view, place }));
    if (stats === 'closed') return { path: shown, state: 'changed', what: 'not readable' };
    // A socket, or what could not be read: no restore brings it back.
    return entry.stored === false ? undefined : { path: shown, state: 'missing' };
  };
}

function asDifference(path: string, what: readonly string[]): PathDifference {
  return what.length === 0 ? { path, state: 'same' } : { path, state: 'changed', what: what.join(', ') };
}

/**
 * Paths that only the place has. One of another type than the listed entry has the same name but for
 * the slash, and so stands elsewhere in the order: it waits until the other spelling has passed.
 */
interface Extras {
  add(path: BytePath): void;
  /** The entry at `path` was found to be of another type. */
  known(path: BytePath): void;
  before(path: BytePath): Iterable<PathDifference>;
  rest(): Iterable<PathDifference>;
}

function createExtras(): Extras {
  let waiting: BytePath[] = [];
  const known = new Set<BytePath>();
  const difference = (path: BytePath): PathDifference => ({ path: displayBytes(path), state: 'extra' });
  return {
    add(path) {
      if (!known.delete(bare(path))) waiting.push(path);
    },
    known(path) {
      const held = waiting.length;
      waiting = waiting.filter((one) => bare(one) !== bare(path));
      if (waiting.length === held && !path.endsWith('/')) known.add(path);
    },
    *before(path) {
      const due = waiting.filter((one) => `${bare(one)}/` < path);
      if (due.length === 0) return;
      waiting = waiting.filter((one) => `${bare(one)}/` >= path);
      yield* due.map(difference);
    },
    *rest() {
      yield* waiting.map(difference);
      waiting = [];
    },
  };
}

function bare(path: BytePath): BytePath {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
