import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../../src/resources/json/document.ts';
import { mergeMembers, pickMembers, type JsonObjectText } from '../../../src/resources/json/merge.ts';

function object(text: string): JsonObjectText {
  const parsed = parseDocument(Buffer.from(text));
  if (!parsed.ok || parsed.document.members === undefined) throw new Error(`no object: ${text}`);
  return { ...parsed.document, members: parsed.document.members };
}

const merge = (live: string, saved: string) => mergeMembers(object(live), object(saved));

describe('what a merge leaves alone', () => {
  test.each([
    ['one line', '{"a":1,"b":[2],"c":3}\n', '{"b":[9]}', '{"a":1,"b":[9],"c":3}\n'],
    ['spaces', '{ "a" : 1, "b" : 2 }', '{"a": 5}', '{ "a" : 5, "b" : 2 }'],
    ['no final line end', '{\n  "a": 1\n}', '{\n  "a": 2\n}', '{\n  "a": 2\n}'],
    ['numbers as they are spelled', '{"a":1.00,"b":1e5}', '{"b":2.50}', '{"a":1.00,"b":2.50}'],
    ['escapes as they are spelled', '{"\\u0061":1,"b":2}', '{"a":3}', '{"\\u0061":3,"b":2}'],
  ])('%s', (_name, live, saved, expected) => {
    expect(merge(live, saved)).toBe(expected);
  });
});

describe('a key that the live document lacks', () => {
  test.each([
    ['comes last on the line', '{"a": 1, "b": 2}\n', '{"c": 3}', '{"a": 1, "b": 2, "c": 3}\n'],
    [
      'comes last on its own line',
      '{\n\t"a": 1\n}\n',
      '{\n\t"c": [\n\t\t1\n\t]\n}',
      '{\n\t"a": 1,\n\t"c": [\n\t\t1\n\t]\n}\n',
    ],
    ['is the first one of an empty object', '{}\n', '{\n  "c": 3\n}\n', '{\n  "c": 3\n}\n'],
    ['is the first one of an object with a space', '{ }', '{"c":3,"d":4}', '{"c":3,"d":4}'],
  ])('%s', (_name, live, saved, expected) => {
    expect(merge(live, saved)).toBe(expected);
  });
});

describe('a value that was laid out otherwise', () => {
  test('takes the indentation of the live document', () => {
    const live = '{\n    "a": 1,\n    "b": {\n        "x": 1\n    }\n}\n';
    const saved = '{"b":{"x":[1,{"y":2.0}],"z":{}}}';
    expect(merge(live, saved)).toBe(
      '{\n    "a": 1,\n    "b": {\n        "x": [\n            1,\n            {\n                "y": 2.0\n            }\n        ],\n        "z": {}\n    }\n}\n',
    );
  });

  test('takes its line ends', () => {
    expect(merge('{\r\n  "a": 1\r\n}\r\n', '{\n  "a": [\n    1\n  ]\n}')).toBe(
      '{\r\n  "a": [\r\n    1\r\n  ]\r\n}\r\n',
    );
  });

  test('goes on one line where the live document has one', () => {
    expect(merge('{"a": 1, "b": 2}', '{\n  "a": {\n    "x": 1,\n    "y": [2, 3]\n  }\n}')).toBe(
      '{"a": {"x": 1, "y": [2, 3]}, "b": 2}',
    );
  });

  test('stays as it was where both are laid out alike', () => {
    const live = '{\n  "a": [1, 2],\n  "b": 0\n}\n';
    expect(merge(live, '{\n  "a": [3,4 ,5]\n}\n')).toBe('{\n  "a": [3,4 ,5],\n  "b": 0\n}\n');
  });
});

test('some keys of a document make a document of the same layout', () => {
  const text = '{\n  "a": 1,\n  "b": {"x": 1},\n  "c": 3\n}\n';
  expect(pickMembers(object(text), ['c', 'b'])).toBe('{\n  "b": {"x": 1},\n  "c": 3\n}\n');
  expect(pickMembers(object(text), ['a', 'b', 'c'])).toBe(text);
});

const keys = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'templates', '__proto__', '', '"', '\\', 'é', '0'),
  fc.string(),
);
const objects = fc.dictionary(keys, fc.jsonValue(), { maxKeys: 6, noNullPrototype: false });
const layouts = fc.constantFrom(0, 1, 2, 4, '\t');
const ends = fc.constantFrom('', '\n', '\n\n', ' ');

/** Text of each member's value, by key, in order. */
function valuesOf(text: string): [string, string][] {
  const { members } = object(text);
  return members.map((one) => [one.key, text.slice(one.start, one.valueEnd)]);
}

describe('any merge', () => {
  test('replaces and adds what was saved, keeps every other byte, and the order', () => {
    fc.assert(
      fc.property(
        objects,
        objects,
        fc.tuple(layouts, layouts, ends),
        (live, saved, [liveLayout, savedLayout, end]) => {
          const before = JSON.stringify(live, null, liveLayout) + end;
          const kept = JSON.stringify(saved, null, savedLayout);
          const after = merge(before, kept);

          const expected = new Map(Object.entries(live));
          for (const [key, value] of Object.entries(saved)) expected.set(key, value);
          const result = object(after).members.map(({ key, valueStart, valueEnd }) => [
            key,
            JSON.parse(after.slice(valueStart, valueEnd)) as unknown,
          ]);
          expect(result).toEqual(
            [...expected].map(([key, value]) => [key, JSON.parse(JSON.stringify(value))]),
          );

          const untouched = ([key]: readonly [string, string]) => !Object.hasOwn(saved, key);
          expect(valuesOf(after).filter(untouched)).toEqual(valuesOf(before).filter(untouched));
          expect(after.endsWith(end)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('with what is there changes nothing', () => {
    fc.assert(
      fc.property(objects, layouts, ends, (value, layout, end) => {
        const text = JSON.stringify(value, null, layout) + end;
        expect(merge(text, text)).toBe(text);
      }),
    );
  });

  test('that lays out afresh writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(objects, fc.jsonValue(), fc.constantFrom(1, 2, 4, '\t'), (live, value, layout) => {
        const before = { first: 0, ...live, saved: null };
        const after = merge(JSON.stringify(before, null, layout), JSON.stringify({ saved: value }));
        expect(after).toBe(JSON.stringify({ ...before, saved: value }, null, layout));
      }),
    );
  });
});
