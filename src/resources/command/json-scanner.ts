import { JsonGrammar, type State } from './json-grammar.ts';

/** Says whether a stream of bytes is one JSON text in UTF-8, without keeping it. */
export interface JsonScanner {
  push(chunk: Buffer): void;
  /** Undefined for a well-formed text, else what is wrong: lower-case, no full stop. */
  finish(): string | undefined;
}

export function createJsonScanner(): JsonScanner {
  const grammar = new JsonGrammar();
  const utf8 = createUtf8Scanner();
  let state: State = 'value';
  let offset = 0;
  return {
    push(chunk) {
      utf8.push(chunk);
      for (let index = 0; index < chunk.length && state !== 'wrong'; index += 1) {
        state = grammar.next(state, chunk[index] ?? 0);
        offset += 1;
      }
    },
    finish() {
      if (!utf8.finish()) return 'it is not UTF-8';
      if (state === 'wrong') return `it stops being JSON at byte ${String(offset)}`;
      return grammar.mayEnd(state) ? undefined : 'the JSON text ends early';
    },
  };
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
