import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJson } from '../../src/views/escape.ts';
import { jsonPieces, longList } from '../../src/views/json-pieces.ts';

describe('a document in pieces', () => {
  it('is the same as in one piece', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()), (fields, items) => {
        const document = { ...fields, absent: undefined, list: longList(items, (item) => ({ item })) };
        const whole = escapeJson({ ...fields, list: items.map((item) => ({ item })) });
        expect([...jsonPieces(document)].join('')).toBe(whole);
        expect(escapeJson(document)).toBe(whole);
      }),
    );
  });

  it('is not held as a whole', () => {
    let made = 0;
    const numbers = (function* () {
      for (; made < 100_000; made += 1) yield made;
    })();
    const pieces = jsonPieces({ list: longList(numbers, (n) => ({ n })) });
    pieces.next();
    expect(made).toBeLessThan(20_000);
  });

  it('may be empty', () => {
    expect([...jsonPieces({})].join('')).toBe('{}');
    expect([...jsonPieces({ list: longList([], (item) => item) })].join('')).toBe('{"list":[]}');
  });
});
