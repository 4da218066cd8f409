import { lstatSync } from 'node:fs';
import { toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import type { DiffContext } from '../../domain/resource-type.ts';
import { isAtOrBelow, isBelow, readRoots } from './captured-roots.ts';
import type { CapturedRoot } from './captured-roots.ts';
import { chooseParts, locatePart } from './live-parts.ts';
import { join } from './locate.ts';
import { readOptions } from './options.ts';
import { createSelection } from './selection.ts';
import { byBytes, systemPath } from './walk.ts';
import type { Found, Root, Selection, WalkRequest } from './walk.ts';

/** A real tree, seen under the paths that an index gives it. */
export interface DiffView {
  /** For calls of the system; undefined for what has no place. */
  systemPathOf(path: BytePath): string | Buffer | undefined;
  /** Finds what the plan would capture there. */
  readonly walk: WalkRequest;
}

/** What lies at `from` in the index lies at `to`; neither has a leading slash. */
interface Translation {
  readonly from: BytePath;
  readonly to: BytePath;
}

export function openView(context: DiffContext): DiffView {
  const captured = readRoots(context.facts) ?? [];
  const translations = translate(context, captured);
  const find = (path: BytePath) => {
    const one = translations.find(({ from }) => isAtOrBelow(path, from));
    return one === undefined ? undefined : join(one.to, path.slice(one.from.length).replace(/^\//, ''));
  };
  const placeOf = (path: BytePath) => find(path) ?? path;
  const starts = translations.filter(({ from }) => !translations.some((outer) => isBelow(from, outer.from)));
  return {
    systemPathOf(path) {
      const place = find(path);
      return place === undefined ? undefined : systemPath('', place);
    },
    walk: {
      base: '',
      placeOf,
      roots: sortAsIndex(starts, placeOf),
      selection: createView(context, { captured, translations, placeOf }),
    },
  };
}

/** The innermost first. A part that cannot be placed is one of which everything is missing. */
function translate(context: DiffContext, captured: readonly CapturedRoot[]): readonly Translation[] {
  const parts = chooseParts(context, captured);
  const folder = context.root === undefined ? undefined : trim(toBytePath(context.root));
  const found = (parts.ok ? parts.value : []).flatMap((part): Translation[] => {
    if (folder !== undefined) return [{ from: part.source, to: join(folder, part.staged) }];
    const live = locatePart(part, context.planDirectory);
    return live.ok ? [{ from: part.source, to: live.value }] : [];
  });
  return found.sort((a, b) => b.from.length - a.from.length);
}

/** A directory sorts with the slash that ends its path. */
function sortAsIndex(starts: readonly Translation[], placeOf: (path: BytePath) => BytePath): readonly Root[] {
  const keyed = starts.map(({ from }) => ({
    path: from,
    key: isDirectory(placeOf(from)) ? `${from}/` : from,
  }));
  return keyed.sort((a, b) => byBytes(a.key, b.key)).map(({ path }) => ({ path }));
}

function isDirectory(place: BytePath): boolean {
  return lstatSync(systemPath('', place), { throwIfNoEntry: false })?.isDirectory() === true;
}

interface Viewed {
  readonly captured: readonly CapturedRoot[];
  readonly translations: readonly Translation[];
  readonly placeOf: (path: BytePath) => BytePath;
}

/** The rules of the plan start at the captured root, wherever it lies now. */
function createView(context: DiffContext, { captured, translations, placeOf }: Viewed): Selection {
  const rules = createSelection(readOptions(context.options));
  const roots = new Map(captured.map(({ path }) => [path, { path, ...deviceOf(placeOf(path)) }]));
  const rootOf = (path: BytePath) => [...roots.values()].find((root) => isAtOrBelow(bare(path), root.path));
  const asCaptured = (found: Found): Found => ({ ...found, root: rootOf(found.path) ?? found.root });
  return {
    narrow(directory, names) {
      const kept = rules.narrow({ ...directory, path: `${placeOf(bare(directory.path))}/` }, names);
      const mapped = translations.flatMap(({ from }) => childOf(bare(directory.path), from));
      return [...new Set([...kept, ...mapped])].sort(byBytes);
    },
    touches: (path, root) => rules.touches(placeOf(path), root),
    keeps: (found) => roots.has(bare(found.path)) || rules.keeps(asCaptured(found)),
  };
}

function deviceOf(place: BytePath): { readonly device?: bigint } {
  try {
    return { device: lstatSync(systemPath('', place), { bigint: true }).dev };
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return {};
  }
}

/** What a mapping takes out of a directory has its place elsewhere, and is looked at all the same. */
function childOf(directory: BytePath, path: BytePath): readonly BytePath[] {
  const slash = path.lastIndexOf('/');
  return path !== directory && path.slice(0, Math.max(0, slash)) === directory ? [path.slice(slash + 1)] : [];
}

function bare(path: BytePath): BytePath {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function trim(path: BytePath): BytePath {
  return path.replace(/^\/+|\/+$/g, '');
}
