import { readDisplayed } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';

/** What an index header says that was captured. */
export interface CapturedRoot {
  readonly configured: string;
  /** As the index spells it, without a trailing slash; empty for `/`. */
  readonly path: BytePath;
}

/** None lies inside another; undefined where the header does not say what `rootFacts` writes. */
export function readRoots(facts: Readonly<Record<string, unknown>>): readonly CapturedRoot[] | undefined {
  const listed: unknown = facts['roots'];
  if (!Array.isArray(listed)) return undefined;
  const roots = listed.map(readRoot);
  const known = roots.filter((root) => root !== undefined);
  return known.length === roots.length ? outermost(known) : undefined;
}

function readRoot(value: unknown): CapturedRoot | undefined {
  const { configured, resolved } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof configured !== 'string' || typeof resolved !== 'string') return undefined;
  const path = resolved.startsWith('/') ? readDisplayed(resolved.slice(1)) : undefined;
  return path === undefined ? undefined : { configured, path };
}

function outermost(roots: readonly CapturedRoot[]): readonly CapturedRoot[] {
  return roots.filter(
    ({ path }, position) =>
      !roots.some((other, at) => isBelow(path, other.path) || (at < position && other.path === path)),
  );
}

/** Strictly. */
export function isBelow(path: BytePath, directory: BytePath): boolean {
  return directory === '' ? path !== '' : path.startsWith(`${directory}/`);
}

export function isAtOrBelow(path: BytePath, directory: BytePath): boolean {
  return path === directory || isBelow(path, directory);
}
