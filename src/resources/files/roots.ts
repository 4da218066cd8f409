import { lstatSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { displayBytes } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import type { FilesOptions } from './options.ts';
import { systemPath } from './walk.ts';
import type { Root } from './walk.ts';

export interface SourceRoot extends Root {
  readonly configured: string;
  readonly optional: boolean;
  readonly isDirectory: boolean;
}

export interface Roots {
  /** Sorted, none inside another. */
  readonly top: readonly SourceRoot[];
  /** Those that lie inside a top one; captured whatever the patterns say. */
  readonly nested: readonly SourceRoot[];
  /** Optional paths that are not there. */
  readonly missing: readonly string[];
}

/** Follows links once, here; nothing below a root is followed. */
export function resolveRoots(options: FilesOptions, planDirectory: string): Result<Roots> {
  const found: SourceRoot[] = [];
  const missing: string[] = [];
  for (const configured of options.paths) {
    const optional = options.optional.includes(configured);
    const root = resolveRoot(configured, optional, planDirectory);
    if (!root.ok) return root;
    if (root.value !== undefined) found.push(root.value);
    else if (optional) missing.push(configured);
    else return failed(failure('SOURCE_MISSING', `${configured} does not exist`));
  }
  return ok({ ...arrange(found), missing });
}

function resolveRoot(
  configured: string,
  optional: boolean,
  planDirectory: string,
): Result<SourceRoot | undefined> {
  try {
    const resolved = realpathSync.native(resolve(planDirectory, configured), 'buffer').toString('latin1');
    const path = resolved.slice(1);
    const stats = lstatSync(systemPath('', path), { bigint: true });
    return ok({ configured, optional, path, device: stats.dev, isDirectory: stats.isDirectory() });
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok(undefined);
    return failed(failure('SOURCE_UNREADABLE', `cannot resolve ${configured}: ${code}`));
  }
}

function arrange(found: readonly SourceRoot[]): Pick<Roots, 'top' | 'nested'> {
  const distinct = [...new Map(found.map((root) => [root.path, root])).values()];
  const sorted = distinct.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const top: SourceRoot[] = [];
  const nested: SourceRoot[] = [];
  for (const root of sorted) {
    const inside = top.some((outer) => outer.isDirectory && keyOf(root).startsWith(keyOf(outer)));
    (inside ? nested : top).push(root);
  }
  return { top, nested };
}

/** As the index spells it; `/` itself is the empty path. */
function keyOf({ path, isDirectory }: SourceRoot): BytePath {
  return isDirectory && path !== '' ? `${path}/` : path;
}

/** What the index header says about where the tree came from. */
export function rootFacts({ top, nested, missing }: Roots): Readonly<Record<string, unknown>> {
  const roots = [...top, ...nested].map(({ configured, path }) => ({
    configured,
    resolved: `/${displayBytes(path)}`,
  }));
  return { roots, missing };
}
