import { posix } from 'node:path';
import type { PathMapping } from '../../domain/resource-type.ts';

/** Where a path without its leading slash goes: the mapping that names the most of it decides. */
export function mapPath(path: string, map: readonly PathMapping[] = []): string {
  const fitting = map
    .map(({ from, to }) => ({ from: bare(from), to: bare(to) }))
    .filter(({ from }) => from === '' || path === from || path.startsWith(`${from}/`))
    .sort((a, b) => b.from.length - a.from.length);
  const [best] = fitting;
  if (best === undefined) return path;
  const rest = best.from === '' ? `/${path}` : path.slice(best.from.length);
  return bare(`${best.to}${rest}`);
}

function bare(path: string): string {
  return posix.resolve('/', path).slice(1);
}
