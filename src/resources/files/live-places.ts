import { resolve } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { displayBytes } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { checkPlanned } from '../../domain/planned-path.ts';
import type { LivePlace, LivePlaces, PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { isAtOrBelow, isBelow, readRoots } from './captured-roots.ts';
import type { CapturedRoot } from './captured-roots.ts';
import { textOfPath } from './locate.ts';
import { readOptions } from './options.ts';
import { chooseParts, locatePart } from './live-parts.ts';

/** Each captured root goes where its configured path leads now; with `only`, each wanted path alone. */
export function placeFiles(context: PlaceContext): Promise<Result<LivePlaces>> {
  return Promise.resolve(findPlaces(context));
}

function findPlaces(context: PlaceContext): Result<LivePlaces> {
  const roots = readRoots(context.facts);
  if (roots === undefined) {
    return failed(failure('CORRUPT', 'the index does not say which paths were captured'));
  }
  const parts = placeParts(context, roots);
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
  const warnings = warningsOf(context);
  return ok({ places, warnings, partial: warnings.length > 0 });
}

/** Neither has a leading slash. */
interface Placed {
  readonly staged: BytePath;
  readonly live: BytePath;
}

function placeParts(context: PlaceContext, roots: readonly CapturedRoot[]): Result<readonly Placed[]> {
  const parts = chooseParts(context, roots);
  if (!parts.ok) return parts;
  const { planDirectory } = context;
  const named = readOptions(context.options).paths.map((path) => resolve(planDirectory, path));
  const placed: Placed[] = [];
  for (const part of parts.value) {
    const isMapped = part.source !== part.staged;
    const planned = isMapped ? ok() : checkPlanned(resolve(planDirectory, part.root.configured), named);
    if (!planned.ok) return planned;
    const live = locatePart(part, planDirectory);
    if (!live.ok) return live;
    placed.push({ staged: part.staged, live: live.value });
  }
  return ok(placed);
}

function outermost(parts: readonly Placed[]): readonly Placed[] {
  return parts.filter(
    ({ staged }, position) =>
      !parts.some((other, at) => isBelow(staged, other.staged) || (at < position && other.staged === staged)),
  );
}

function defectOf(parts: readonly Placed[]): Failure | undefined {
  if (parts.some(({ live }) => live === '')) {
    return failure('RESTORE_UNSUPPORTED', 'the root of the file system cannot be replaced', {
      hint: 'Name what lies below it with --only, or restore into a new folder with --to.',
    });
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
