import type { BigIntStats } from 'node:fs';
import { failure } from '../../domain/failure.ts';
import { displayBytes, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { isAtOrBelow } from './captured-roots.ts';
import { statsAt } from './diff-entry.ts';
import { join, locateBelow } from './locate.ts';
import type { FilesOptions } from './options.ts';
import type { Roots, SourceRoot } from './roots.ts';
import { systemPath } from './walk.ts';

/** Where the files lie that the plan calls stable; a relative name may lie below several roots. */
export function findStableFiles(options: FilesOptions, roots: Roots): Result<readonly BytePath[]> {
  const all = [...roots.top, ...roots.nested];
  const found = new Set<BytePath>();
  for (const named of options.stable) {
    const places = all.flatMap((root) => placeIn(root, named));
    const present = places.filter(({ path }) => statsAt(systemPath('', path)) !== 'none');
    for (const { path, root } of present) {
      const straight = locateBelow(root.path, path);
      if (!straight.ok) return failed(unsupported(path, 'lies behind a link, which is not followed'));
      found.add(path);
    }
    if (present.length === 0 && roots.missing.length === 0) {
      return failed(failure('SOURCE_MISSING', `${named} of stable lies below none of the paths`));
    }
  }
  return ok([...found]);
}

function placeIn(root: SourceRoot, named: string): { readonly path: BytePath; readonly root: SourceRoot }[] {
  const name = toBytePath(named).replace(/^(\.\/+)+|\/+$/g, '');
  if (!name.startsWith('/')) return [{ path: join(root.path, name), root }];
  const configured = toBytePath(root.configured).replace(/\/+$/, '');
  if (name === configured) return [{ path: root.path, root }];
  return isAtOrBelow(name, configured)
    ? [{ path: join(root.path, name.slice(configured.length + 1)), root }]
    : [];
}

/** What the file is now, or why it cannot be copied in the place of itself. */
export function inspectStableFile(path: BytePath): Result<BigIntStats> {
  const stats = statsAt(systemPath('', path));
  if (stats === 'none') return failed(failure('SOURCE_CHANGED', `${displayBytes(path)} vanished`));
  if (stats === 'closed') return failed(failure('SOURCE_UNREADABLE', `cannot read ${displayBytes(path)}`));
  if (!stats.isFile()) return failed(unsupported(path, 'is no regular file'));
  if (stats.nlink > 1n)
    return failed(unsupported(path, 'has several names, of which a copy would lose all but one'));
  return ok(stats);
}

function unsupported(path: BytePath, why: string) {
  return failure('SOURCE_UNSUPPORTED', `${displayBytes(path)} of stable ${why}`, {
    hint: 'Name a regular file under its own path.',
  });
}
