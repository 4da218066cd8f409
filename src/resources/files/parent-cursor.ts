import { bytePathOfLine } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';

/** Reads the parent's index beside the scan: both are in the same order. */
export interface ParentCursor {
  /** Header facts of the parent, once reading has begun. */
  facts(): Readonly<Record<string, unknown>>;
  /** Steps over what lies before `path`; says how many entries that were. */
  skipBefore(path: BytePath): Promise<number>;
  /** Steps over what is left below a directory. */
  skipBelow(directory: BytePath): Promise<number>;
  /** The line of exactly this path, if it is next; taken only once. */
  take(path: BytePath): Promise<Buffer | undefined>;
  skipRest(): Promise<number>;
  stop(): Promise<void>;
}

export function readParent(lines: AsyncIterable<Buffer>): ParentCursor {
  const iterator = lines[Symbol.asyncIterator]();
  let line: Buffer | undefined;
  let path: BytePath | undefined;
  let header: Buffer | undefined;

  async function advance(): Promise<void> {
    do {
      const next = await iterator.next();
      line = next.done === true ? undefined : next.value;
      path = line && bytePathOfLine(line);
      header ??= line;
    } while (line !== undefined && path === undefined);
  }

  async function skipWhile(test: (path: BytePath) => boolean): Promise<number> {
    if (header === undefined) await advance();
    let skipped = 0;
    for (; path !== undefined && test(path); skipped += 1) await advance();
    return skipped;
  }

  return {
    facts: () => (header === undefined ? {} : factsOf(header)),
    skipBefore: (limit) => skipWhile((one) => one < limit),
    skipBelow: (directory) => skipWhile((one) => one.startsWith(directory)),
    skipRest: () => skipWhile(() => true),
    async take(wanted) {
      if (header === undefined) await advance();
      if (path !== wanted) return undefined;
      const taken = line;
      await advance();
      return taken;
    },
    async stop() {
      await iterator.return?.();
    },
  };
}

function factsOf(header: Buffer): Readonly<Record<string, unknown>> {
  const { facts } = JSON.parse(header.toString()) as { readonly facts?: Readonly<Record<string, unknown>> };
  return facts ?? {};
}

const STORED = Buffer.from(',"stored":true}');
const NOT_STORED = Buffer.from(',"stored":false}');
const CLOSE = Buffer.from('}');

/** `open` is the entry's line without its last brace. What is stored nowhere is never unchanged. */
export function isUnchanged(open: Buffer, parent: Buffer): boolean {
  const rest = restOf(open, parent);
  return rest !== undefined && (rest.equals(CLOSE) || rest.equals(STORED));
}

/** The entry is listed as before, and was stored nowhere. */
export function isStillNotStored(open: Buffer, parent: Buffer): boolean {
  return restOf(open, parent)?.equals(NOT_STORED) === true;
}

function restOf(open: Buffer, parent: Buffer): Buffer | undefined {
  const same = parent.length >= open.length && parent.compare(open, 0, open.length, 0, open.length) === 0;
  return same ? parent.subarray(open.length) : undefined;
}
