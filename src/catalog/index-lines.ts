import { bytePathOf, bytePathOfLine, bytesOf, displayBytes, parseIndexLine } from '../domain/index-entry.ts';
import type { BytePath } from '../domain/index-entry.ts';
import type { IndexEntry } from '../domain/record.ts';

export { parseIndexLine } from '../domain/index-entry.ts';

export function pathBytes(entry: IndexEntry): Buffer {
  return bytesOf(bytePathOf(entry));
}

/** The path for people: control, bidirectional and non-UTF-8 bytes escaped. */
export function displayPath(entry: IndexEntry): string {
  return displayBytes(bytePathOf(entry));
}

export type Difference =
  | { readonly kind: 'same' | 'changed'; readonly a: IndexEntry; readonly b: IndexEntry }
  | { readonly kind: 'only-a'; readonly a: IndexEntry }
  | { readonly kind: 'only-b'; readonly b: IndexEntry };

/** Joins two indexes, which are sorted by path bytes, in one pass and constant memory. */
export async function* mergeIndexes(
  a: AsyncIterable<Buffer>,
  b: AsyncIterable<Buffer>,
): AsyncGenerator<Difference> {
  const left = cursor(a);
  const right = cursor(b);
  try {
    let [one, other] = [await left.next(), await right.next()];
    while (one !== undefined || other !== undefined) {
      const order = compare(one, other);
      if (one !== undefined && other !== undefined && order === 0) yield join(one.line, other.line);
      else if (one !== undefined && order < 0) yield { kind: 'only-a', a: entryOf(one.line) };
      else if (other !== undefined) yield { kind: 'only-b', b: entryOf(other.line) };
      [one, other] = [order <= 0 ? await left.next() : one, order >= 0 ? await right.next() : other];
    }
  } finally {
    await left.stop();
    await right.stop();
  }
}

interface Place {
  readonly path: BytePath;
  readonly line: Buffer;
}

function cursor(lines: AsyncIterable<Buffer>): {
  next(): Promise<Place | undefined>;
  stop(): Promise<void>;
} {
  const iterator = lines[Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return undefined;
        const path = bytePathOfLine(next.value);
        if (path !== undefined) return { path, line: next.value };
      }
    },
    async stop() {
      await iterator.return?.();
    },
  };
}

function compare(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined) return 1;
  if (b === undefined || a.path < b.path) return -1;
  return a.path > b.path ? 1 : 0;
}

function entryOf(line: Buffer): IndexEntry {
  const entry = parseIndexLine(line);
  if (entry === undefined) throw new Error('a line with a path is an entry');
  return entry;
}

/** What a user would call a change; inode and ctime also move when a tree is copied or restored. */
const COMPARED = ['type', 'mode', 'uid', 'gid', 'size', 'mtimeNs', 'link', 'link64', 'sha256'] as const;

function join(a: Buffer, b: Buffer): Difference {
  const [before, after] = [entryOf(a), entryOf(b)];
  const same = COMPARED.every((key) => before[key] === after[key]);
  return { kind: same ? 'same' : 'changed', a: before, b: after };
}
