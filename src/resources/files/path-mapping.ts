import { posix } from 'node:path';
import { toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { PathMapping } from '../../domain/resource-type.ts';
import { isAtOrBelow } from './captured-roots.ts';

/** A mapping in the form of index paths: no slash at either end. */
export interface Mapping {
  readonly from: BytePath;
  readonly to: BytePath;
}

/** The innermost first: it holds for what lies below it. */
export function readMappings(map: readonly PathMapping[] = []): readonly Mapping[] {
  const mappings = map.map(({ from, to }) => ({ from: trim(from), to: trim(to) }));
  return mappings.sort((a, b) => b.from.length - a.from.length);
}

export function mapPath(path: BytePath, mappings: readonly Mapping[]): BytePath {
  const mapping = mappings.find(({ from }) => isAtOrBelow(path, from));
  if (mapping === undefined) return path;
  const rest = path.slice(mapping.from.length).replace(/^\/+/, '');
  return [mapping.to, rest].filter((part) => part !== '').join('/');
}

function trim(path: string): BytePath {
  return posix.resolve('/', toBytePath(path)).slice(1);
}
