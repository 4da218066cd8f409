import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, type JsonDocument } from '../../../src/resources/json/document.ts';

function parsed(text: string | Buffer): JsonDocument {
  const result = parseDocument(Buffer.from(text));
  if (!result.ok) throw new Error(result.problem);
  return result.document;
}

function problemOf(text: string | Buffer): string | undefined {
  const result = parseDocument(Buffer.from(text));
  return result.ok ? undefined : result.problem;
}

const digests = (text: string) => parsed(text).members?.map(({ sha256 }) => sha256);

describe('a document that could be read in two ways is refused', () => {
  test.each([
    ['a byte order mark', '\uFEFF{"a":1}', 'it begins with a byte order mark'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'it is not UTF-8'],
    ['half of a text', '{"a": [1, 2', 'the JSON text ends early'],
    ['text after the end', '{"a":1} {}', 'stops being JSON'],
    ['NaN', '{"a": NaN}', 'stops being JSON'],
    ['Infinity', '[-Infinity]', 'stops being JSON'],
    ['a comment', '{"a":1 /* x */}', 'stops being JSON'],
    ['a trailing comma', '[1,]', 'stops being JSON'],
    ['a nesting bomb', '['.repeat(1_001) + ']'.repeat(1_001), 'stops being JSON'],
    ['nothing', '', 'ends early'],
    ['a key twice', '{"a":1,"b":2,"a":3}', 'the key "a" occurs twice'],
    ['a key twice in two spellings', '{"a":1,"\\u0061":2}', 'the key "a" occurs twice'],
    ['a key twice far below', '[{"x":{"y":[{"k":1,"k":2}]}}]', 'the key "k" occurs twice'],
    ['a key that is no text', '{"\\ud800":1}', 'is no Unicode text'],
  ])('%s', (_name, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  test('but one key may be in two objects, and nesting be deep', () => {
    expect(problemOf('{"a":{"a":[{"a":1},{"a":2}]}}')).toBeUndefined();
    expect(problemOf('['.repeat(1_000) + ']'.repeat(1_000))).toBeUndefined();
  });

  test('a long key is not repeated in full', () => {
    const key = 'k'.repeat(10_000);
    expect(problemOf(`{"${key}":1,"${key}":2}`)?.length).toBeLessThan(200);
  });
});

describe('top-level keys', () => {
  test('are found where they stand, whatever is in the values', () => {
    const text = ' {"a" : "}\\"{,", "b\\n":[{"c":[1,{"d":"]"}]}] ,"" : -1.5e+3\n}\n';
    const { members = [] } = parsed(text);
    const found = members.map((one) => [one.key, text.slice(one.valueStart, one.valueEnd)]);
    expect(found).toEqual([
      ['a', '"}\\"{,"'],
      ['b\n', '[{"c":[1,{"d":"]"}]}]'],
      ['', '-1.5e+3'],
    ]);
  });

  test.each([
    ['[1]', false],
    ['"x"', false],
    ['{"a":null}', false],
    ['{ }', true],
    ['[\n]', true],
    ['null', true],
    ['""', true],
  ])('%s: empty is %s', (text, empty) => {
    expect(parsed(text).empty).toBe(empty);
  });

  test('of what is no object are absent', () => {
    expect(parsed('[{"a":1}]').members).toBeUndefined();
  });
});

describe('the digest of a value', () => {
  test.each([
    ['layout', '{"a":{"x":[1,2],"y":"z"}}', '{\n  "a": {\n    "x": [ 1, 2 ],\n    "y": "z"\n  }\n}'],
    ['the order of keys', '{"a":{"x":1,"y":2}}', '{"a":{"y":2,"x":1}}'],
    ['the spelling of a string', '{"a":"é/"}', '{"a":"\\u00e9\\/"}'],
  ])('does not depend on %s', (_name, one, other) => {
    expect(digests(one)).toEqual(digests(other));
  });

  test.each([
    ['a number beyond doubles', '{"a":12345678901234567890}', '{"a":12345678901234567891}'],
    ['the spelling of a number', '{"a":1.0}', '{"a":1}'],
    ['the order of items', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['a text that looks like a number', '{"a":"1"}', '{"a":1}'],
    ['where a bracket stands', '{"a":[[1],2]}', '{"a":[[1,2]]}'],
  ])('depends on %s', (_name, one, other) => {
    expect(digests(one)).not.toEqual(digests(other));
  });

  test('is the same for any layout of any value', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 2, '\t'), (json, indent) => {
        const value: unknown = JSON.parse(json);
        const texts = [JSON.stringify({ value }), JSON.stringify({ value }, null, indent)];
        expect(digests(texts[0] ?? '')).toEqual(digests(texts[1] ?? ''));
      }),
    );
  });
});
