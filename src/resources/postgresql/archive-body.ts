import type { ArchiveContents } from './archive-contents.ts';

/** Follows the data of an archive, block by block, without keeping any of it. */
export interface BodyScanner {
  /** Bytes of data by the id of the entry. */
  readonly sizes: ReadonlyMap<number, number>;
  /** Gives what is wrong. */
  push(chunk: Buffer): string | undefined;
  /** Why the bytes so far are not the whole body. */
  flaw(contents: ArchiveContents): string | undefined;
}

const DATA = 1;
const LARGE_OBJECTS = 3;

/** A block is its kind and its entry; a piece its length, 0 ends them; an object its id, 0 ends the block. */
type Awaited = 'block' | 'piece' | 'object';

interface State {
  readonly sizes: Map<number, number>;
  readonly integerBytes: number;
  /** Of a number that chunks have cut in two. */
  readonly held: Buffer;
  filled: number;
  /** Bytes of data that are still to come. */
  skip: number;
  awaited: Awaited;
  inObjects: boolean;
  entry: number;
  entryBytes: number;
}

export function createBodyScanner(integerBytes: number): BodyScanner {
  const state: State = {
    sizes: new Map(),
    integerBytes,
    held: Buffer.alloc(2 + integerBytes),
    filled: 0,
    skip: 0,
    awaited: 'block',
    inObjects: false,
    entry: 0,
    entryBytes: 0,
  };
  return {
    sizes: state.sizes,
    push: (chunk) => follow(state, chunk),
    flaw: (contents) => flawOf(state, contents),
  };
}

/** One call for each piece of data would cost more than the pieces do, so the numbers are read in place. */
function follow(state: State, chunk: Buffer): string | undefined {
  let at = 0;
  while (at < chunk.length) {
    if (state.skip > 0) {
      const step = Math.min(state.skip, chunk.length - at);
      state.skip -= step;
      at += step;
      continue;
    }
    const wanted = (state.awaited === 'block' ? 2 : 1) + state.integerBytes;
    let wrong: string | undefined;
    if (state.filled === 0 && chunk.length - at >= wanted) {
      wrong = take(state, chunk, at);
      at += wanted;
    } else {
      at += hold(state, chunk.subarray(at, at + wanted - state.filled));
      if (state.filled < wanted) return undefined;
      state.filled = 0;
      wrong = take(state, state.held, 0);
    }
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function hold(state: State, bytes: Buffer): number {
  bytes.copy(state.held, state.filled);
  state.filled += bytes.length;
  return bytes.length;
}

function take(state: State, bytes: Buffer, at: number): string | undefined {
  if (state.awaited === 'block')
    return openBlock(state, bytes[at], bytes.readUIntLE(at + 2, state.integerBytes));
  const value = bytes.readUIntLE(at + 1, state.integerBytes);
  if (state.awaited === 'object') {
    if (value === 0) close(state);
    else state.awaited = 'piece';
    return undefined;
  }
  if (bytes[at] !== 0) return 'a piece of data has a negative length';
  state.skip = value;
  state.entryBytes += value;
  if (value > 0) return undefined;
  if (state.inObjects) state.awaited = 'object';
  else close(state);
  return undefined;
}

function openBlock(state: State, kind: number | undefined, id: number): string | undefined {
  if (kind !== DATA && kind !== LARGE_OBJECTS) return `a block of the unknown kind ${String(kind)} follows`;
  state.inObjects = kind === LARGE_OBJECTS;
  state.entry = id;
  state.entryBytes = 0;
  state.awaited = state.inObjects ? 'object' : 'piece';
  return undefined;
}

function close(state: State): void {
  state.sizes.set(state.entry, state.entryBytes);
  state.awaited = 'block';
}

function flawOf({ awaited, filled, skip, sizes }: State, { entries }: ArchiveContents): string | undefined {
  if (awaited !== 'block' || filled > 0 || skip > 0) return 'it ends in the middle of its data';
  const missing = entries.find(({ id, hasData }) => hasData && !sizes.has(id));
  if (missing === undefined) return undefined;
  return `the data of ${missing.kind} ${missing.schema}.${missing.tag} is missing`;
}
