import { JsonGrammar, type State } from './json-grammar.ts';

/** Says whether a stream of bytes is one JSON text in UTF-8, without keeping it. */
export interface JsonScanner {
  push(chunk: Buffer): void;
  /** Undefined for a well-formed text, else what is wrong: lower-case, no full stop. */
  finish(): string | undefined;
}

/** What is nested deeper than `maxDepth` counts as no JSON. */
export function createJsonScanner(maxDepth?: number): JsonScanner {
  const grammar = new JsonGrammar(maxDepth);
  const utf8 = createUtf8Scanner();
  let state: State = 'value';
  let offset = 0;
  return {
    push(chunk) {
      utf8.push(chunk);
      let index = 0;
      while (index < chunk.length && state !== 'wrong') {
        if (state === 'string') index = endOfPlainText(chunk, index);
        if (index < chunk.length) state = grammar.next(state, chunk[index] ?? 0);
        index += 1;
      }
      offset += Math.min(index, chunk.length);
    },
    finish() {
      if (!utf8.finish()) return 'it is not UTF-8';
      if (state === 'wrong') return `it stops being JSON at byte ${String(offset)}`;
      return grammar.mayEnd(state) ? undefined : 'the JSON text ends early';
    },
  };
}

/** Most bytes of most texts are letters in strings: they need no step of the grammar. */
function endOfPlainText(chunk: Buffer, from: number): number {
  let index = from;
  for (; index < chunk.length; index += 1) {
    const byte = chunk[index] ?? 0;
    if (byte === 0x22 || byte === 0x5c || byte < 0x20) return index;
  }
  return index;
}

function createUtf8Scanner() {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let valid = true;
  const decode = (chunk: Buffer | undefined) => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      valid = false;
    }
  };
  return {
    push: (chunk: Buffer) => {
      if (valid) decode(chunk);
    },
    finish: () => {
      if (valid) decode(undefined);
      return valid;
    },
  };
}
