import { resolve } from 'node:path';
import { failure } from '../../domain/failure.ts';
import { displayBytes, readDisplayed, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { isAtOrBelow, isBelow } from './captured-roots.ts';
import type { CapturedRoot } from './captured-roots.ts';
import { join, locate, locateBelow } from './locate.ts';
import { mapPath, readMappings } from './path-mapping.ts';
import type { Mapping } from './path-mapping.ts';

/** A part of a snapshot that is restored as a whole; no path has a leading slash. */
export interface Part {
  readonly root: CapturedRoot;
  /** As the index spells it. */
  readonly source: BytePath;
  /** Where a restore stages it: the source, but for what a mapping takes elsewhere. */
  readonly staged: BytePath;
}

/** The captured roots, or what of them is wanted, and what a mapping takes out of them. */
export function chooseParts(
  { map, only }: PlaceContext,
  roots: readonly CapturedRoot[],
): Result<readonly Part[]> {
  const mappings = readMappings(map);
  const wanted = only.map(wantedPath);
  const parts: Part[] = [];
  for (const path of wanted.length === 0 ? [''] : wanted) {
    const sources = sourcesOf(path, roots);
    if (sources.length === 0) return failed(failure('NOT_FOUND', `/${displayBytes(path)} was not captured`));
    parts.push(...sources.flatMap((one) => mapPart(one, mappings)));
  }
  return ok(parts);
}

function sourcesOf(path: BytePath, roots: readonly CapturedRoot[]): readonly Omit<Part, 'staged'>[] {
  const around = roots.find((root) => isBelow(path, root.path));
  if (around !== undefined) return [{ root: around, source: path }];
  const inside = roots.filter((root) => isAtOrBelow(root.path, path));
  return inside.map((root) => ({ root, source: root.path }));
}

function mapPart(part: Omit<Part, 'staged'>, mappings: readonly Mapping[]): readonly Part[] {
  const inner = mappings.filter(({ from }) => isBelow(from, part.source));
  return [
    { ...part, staged: mapPath(part.source, mappings) },
    ...inner.map(({ from, to }) => ({ ...part, source: from, staged: to })),
  ];
}

/** Where a part lies now: where the configured path of its root leads, unless it is mapped. */
export function locatePart({ root, source, staged }: Part, planDirectory: string): Result<BytePath> {
  return source === staged ? locateIn(root, source, planDirectory) : locate(staged);
}

function locateIn(
  { configured, path }: CapturedRoot,
  source: BytePath,
  planDirectory: string,
): Result<BytePath> {
  const top = locate(toBytePath(resolve(planDirectory, configured)).slice(1));
  if (!top.ok || source === path) return top;
  const below = source.slice(path === '' ? 0 : path.length + 1);
  return locateBelow(top.value, join(top.value, below));
}

/** Two spellings of one name are possible only where it holds a backslash; lists show the escaped one. */
function wantedPath(text: string): BytePath {
  return (readDisplayed(text) ?? toBytePath(text)).replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
}
