import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  byteLinkOf,
  bytePathOf,
  bytePathOfLine,
  displayBytes,
  parseIndexLine,
} from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';

/** Judges the entries of one index, in order, before anything of the chain is written. */
export interface IndexCheck {
  /** Undefined where the entry is safe so far. */
  see(entry: IndexEntry): Failure | undefined;
  /** What hard links of the index lead to; `checkTargets` judges it. */
  readonly targets: ReadonlySet<BytePath>;
}

/** More files outside any listed directory than a plan has paths means that it is not our index. */
const MOST_LOOSE = 10_000;

/**
 * Safe means: paths stay below the destination, each is listed once, nothing lies below what is no
 * directory, and hard links lead to files of the same index.
 */
export function createIndexCheck(): IndexCheck {
  const open: BytePath[] = [];
  const loose = new Set<BytePath>();
  const targets = new Set<BytePath>();
  let previous = '';

  function place(path: BytePath): string | undefined {
    while (open.length > 0 && !path.startsWith(open.at(-1) ?? '')) open.pop();
    const parent = path.slice(0, path.lastIndexOf('/', path.length - 2) + 1);
    const top = open.at(-1);
    if (top !== undefined) return top === parent ? undefined : 'lies below something that is no directory';
    if (ancestorsOf(path).some((one) => loose.has(one))) return 'lies below something that is no directory';
    return undefined;
  }

  function remember(entry: IndexEntry, path: BytePath): string | undefined {
    if (entry.type === 'directory') open.push(path);
    else if (open.length === 0) loose.add(path);
    if (loose.size > MOST_LOOSE) return 'is one of too many outside any listed directory';
    if (entry.type !== 'hardlink') return undefined;
    const target = byteLinkOf(entry);
    if (target === undefined || !isInside(target) || target >= path) return 'links to a place outside';
    targets.add(target);
    return undefined;
  }

  return {
    see(entry) {
      const path = bytePathOf(entry);
      const defect = defectOf(entry, path, previous) ?? place(path) ?? remember(entry, path);
      previous = path;
      return defect === undefined ? undefined : unsafe(path, defect);
    },
    targets,
  };
}

/** Every target must be a listed file: a path through a link would lead elsewhere. */
export async function checkTargets(
  targets: ReadonlySet<BytePath>,
  lines: AsyncIterable<Buffer>,
): Promise<Failure | undefined> {
  if (targets.size === 0) return undefined;
  const missing = new Set(targets);
  for await (const line of lines) {
    const path = bytePathOfLine(line);
    if (path === undefined || !missing.has(path)) continue;
    if (parseIndexLine(line)?.type !== 'hardlink') missing.delete(path);
  }
  const [stray] = missing;
  return stray === undefined
    ? undefined
    : unsafe(stray, 'is the target of a hard link and not a listed file');
}

function unsafe(path: BytePath, defect: string): Failure {
  return failure('UNSAFE_ENTRY', `the entry ${displayBytes(path)} ${defect}`);
}

function defectOf(entry: IndexEntry, path: BytePath, previous: BytePath): string | undefined {
  if (!isInside(path.endsWith('/') ? path.slice(0, -1) : path)) return 'would leave the destination';
  if (path.endsWith('/') !== (entry.type === 'directory')) return 'is of another type than its name says';
  if (path <= previous) return 'is listed twice or out of order';
  return undefined;
}

function isInside(path: BytePath): boolean {
  if (path.includes('\0')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function ancestorsOf(path: BytePath): BytePath[] {
  const ancestors: BytePath[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    if (slash < path.length - 1) ancestors.push(path.slice(0, slash));
  }
  return ancestors;
}
