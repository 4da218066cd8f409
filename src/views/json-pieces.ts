import { escapeJson } from './escape.ts';

/** A list in a document that may be too long to be made as a whole. */
export interface LongList {
  items(): Iterable<unknown>;
  toJSON(): readonly unknown[];
}

export function longList<T>(items: Iterable<T>, documentOf: (item: T) => unknown): LongList {
  const documents = function* (): Generator {
    for (const item of items) yield documentOf(item);
  };
  return { items: documents, toJSON: () => [...documents()] };
}

const PIECE_CHARACTERS = 65_536;

/** What `escapeJson` says of a document, in pieces; long lists are taken item by item. */
export function* jsonPieces(document: object): Generator<string> {
  let piece = '';
  for (const part of partsOf(document)) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function* partsOf(document: object): Generator<string> {
  const fields = Object.entries(document).filter(([, value]) => value !== undefined);
  let before = '{';
  for (const [name, value] of fields) {
    yield `${before}${escapeJson(name)}:`;
    before = ',';
    if (isLong(value)) yield* listParts(value);
    else yield escapeJson(value);
  }
  yield before === '{' ? '{}' : '}';
}

function* listParts(list: LongList): Generator<string> {
  let before = '[';
  for (const item of list.items()) {
    yield before + escapeJson(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function isLong(value: unknown): value is LongList {
  return typeof value === 'object' && value !== null && 'items' in value && 'toJSON' in value;
}
