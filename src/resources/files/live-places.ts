import { resolve } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { displayBytes, readDisplayed, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { LivePlace, LivePlaces, PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { isAtOrBelow, isBelow, readRoots } from './captured-roots.ts';
import type { CapturedRoot } from './captured-roots.ts';
import { join, locate, locateBelow, textOfPath } from './locate.ts';
import { readMountPoints } from './mounts.ts';
import { readOptions } from './options.ts';
import { mapPath, readMappings } from './path-mapping.ts';
import type { Mapping } from './path-mapping.ts';

/** A part of the staged tree and the place that it takes, both without a leading slash. */
interface Part {
  readonly staged: BytePath;
  readonly live: BytePath;
}

/** Each captured root goes where its configured path leads now; with `only`, each wanted path alone. */
export function placeFiles(context: PlaceContext): Promise<Result<LivePlaces>> {
  return Promise.resolve(findPlaces(context));
}

function findPlaces(context: PlaceContext): Result<LivePlaces> {
  const roots = readRoots(context.facts);
  if (roots === undefined) {
    return failed(failure('CORRUPT', 'the index does not say which paths were captured'));
  }
  const parts = collect(context, roots);
  if (!parts.ok) return parts;
  const distinct = outermost(parts.value);
  const defect = defectOf(distinct);
  if (defect !== undefined) return failed(defect);
  const places: LivePlace[] = [];
  for (const { staged, live } of distinct) {
    const [from, to] = [textOfPath(staged), textOfPath(live)];
    if (!from.ok) return from;
    if (!to.ok) return to;
    places.push({ staged: from.value, live: `/${to.value}` });
  }
  return ok({ places, warnings: warningsOf(context) });
}

function collect(context: PlaceContext, roots: readonly CapturedRoot[]): Result<readonly Part[]> {
  const mappings = readMappings(context.map);
  const wanted = context.only.map(wantedPath);
  const parts: Part[] = [];
  for (const path of wanted.length === 0 ? [''] : wanted) {
    const inside = roots.filter((root) => isAtOrBelow(root.path, path));
    const around = roots.find((root) => isBelow(path, root.path));
    if (around === undefined && inside.length === 0) {
      return failed(failure('NOT_FOUND', `/${displayBytes(path)} was not captured`));
    }
    const found =
      around === undefined ? inside.map((root) => [root, root.path] as const) : [[around, path] as const];
    for (const [root, staged] of found) {
      const placed = placePart(context, { root, staged, mappings });
      if (!placed.ok) return placed;
      parts.push(...placed.value);
    }
  }
  return ok(parts);
}

interface Wanted {
  readonly root: CapturedRoot;
  readonly staged: BytePath;
  readonly mappings: readonly Mapping[];
}

/** The part itself, and what a mapping takes out of it to elsewhere. */
function placePart(
  { planDirectory }: PlaceContext,
  { root, staged, mappings }: Wanted,
): Result<readonly Part[]> {
  const mapped = mapPath(staged, mappings);
  const own = mapped === staged ? locateIn(root, staged, planDirectory) : locate(mapped);
  if (!own.ok) return own;
  const parts: Part[] = [{ staged: mapped, live: own.value }];
  for (const { to } of mappings.filter(({ from }) => isBelow(from, staged))) {
    const live = locate(to);
    if (!live.ok) return live;
    parts.push({ staged: to, live: live.value });
  }
  return ok(parts);
}

function locateIn(
  { configured, path }: CapturedRoot,
  staged: BytePath,
  planDirectory: string,
): Result<BytePath> {
  const top = locate(toBytePath(resolve(planDirectory, configured)).slice(1));
  if (!top.ok || staged === path) return top;
  const below = staged.slice(path === '' ? 0 : path.length + 1);
  return locateBelow(top.value, join(top.value, below));
}

/** Two spellings of one name are possible only where it holds a backslash; lists show the escaped one. */
function wantedPath(text: string): BytePath {
  return (readDisplayed(text) ?? toBytePath(text)).replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
}

function outermost(parts: readonly Part[]): readonly Part[] {
  return parts.filter(
    ({ staged }, position) =>
      !parts.some((other, at) => isBelow(staged, other.staged) || (at < position && other.staged === staged)),
  );
}

function defectOf(parts: readonly Part[]): Failure | undefined {
  const mounts = readMountPoints();
  const mount = parts.find(({ live }) => live === '' || mounts.has(live));
  if (mount !== undefined) {
    return failure(
      'RESTORE_UNSUPPORTED',
      `/${displayBytes(mount.live)} is a mount point, which cannot be replaced`,
      {
        hint: 'Name what lies below it with --only, or restore into a new folder with --to.',
      },
    );
  }
  const clash = parts.find((one) =>
    parts.some((other) => other !== one && isAtOrBelow(one.live, other.live)),
  );
  if (clash === undefined) return undefined;
  return failure('DESTINATION_REFUSED', `/${displayBytes(clash.live)} would be replaced twice`, {
    hint: 'Two of the captured paths lead to one place now: restore them one after another with --only.',
  });
}

/** A whole directory is exchanged, with what the plan never captured. */
function warningsOf({ options }: PlaceContext): readonly string[] {
  const { include, exclude, excludeIfPresent, excludeCaches, oneFileSystem } = readOptions(options);
  const narrowed = [...include, ...exclude, ...excludeIfPresent].length > 0 || excludeCaches || oneFileSystem;
  return narrowed
    ? ['what the plan leaves out of these directories is moved to the safety copy and not brought back']
    : [];
}
