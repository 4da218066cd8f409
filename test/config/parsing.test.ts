import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { createReport } from '../../src/config/report.ts';
import { buildTree } from '../../src/config/source/build-tree.ts';
import { parseSource } from '../../src/config/source/parse-source.ts';
import { createSource, rangeOf } from '../../src/config/source/source.ts';
import { at, keyPlaceAt, valueOf, type Tree } from '../../src/config/source/tree.ts';
import { codesOf, load, PLAN } from './plan-folder.ts';

function parse(
  text: string,
  env: Record<string, string> = {},
): { readonly tree: Tree | undefined; readonly codes: readonly string[] } {
  const report = createReport();
  const source = createSource('plan.yaml', text);
  const document = parseSource(source, report);
  const tree = document && buildTree(document, source, { environment: env, report });
  return { tree, codes: report.diagnostics.map(({ code }) => code) };
}

const KEY = fc
  .stringMatching(/^[a-z][a-zA-Z0-9 _.-]{0,12}$/)
  .filter((key) => !['constructor', 'prototype'].includes(key) && !key.startsWith('x-'));
const TEXT = fc.string().filter((text) => !text.includes('$') && !text.includes('\0'));
const JSON_VALUE = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    TEXT,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(KEY, tie('value'), { maxKeys: 4, noNullPrototype: true }),
})).map;

describe('parsing', () => {
  it('reads back what YAML was written from', () => {
    fc.assert(
      fc.property(JSON_VALUE, (value) => {
        fc.pre(Object.keys(value).length > 0);
        const { tree, codes } = parse(stringify(value));
        expect(codes).toEqual([]);
        expect(valueOf(tree!)).toEqual(value);
      }),
    );
  });

  it('says something or makes a tree, and never throws', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '<<: ',
      '"',
      "'",
      '|',
      '>',
      '!!set ',
      '---\n',
      '\t',
      '#',
      ',',
      '? ',
      '${',
      '\0',
      '\ufeff',
      '%YAML 1.1\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { tree, codes } = parse(parts.join(''));
        expect(tree !== undefined || codes.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('loads any bytes without throwing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const loaded = await load(Buffer.from(bytes));
        expect(loaded.plan).toBeUndefined();
        expect(loaded.diagnostics.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('loads any change of a valid plan without throwing, and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(PLAN.length),
        fc.nat(20),
        fc.string({ maxLength: 8 }),
        async (start, length, inserted) => {
          const { diagnostics } = await load(PLAN.slice(0, start) + inserted + PLAN.slice(start + length));
          const lines = diagnostics.map(({ range }) => range?.line ?? 0);
          expect(lines).toEqual([...lines].sort((a, b) => a - b));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('places', () => {
  const text =
    'x-base: &base { nice: 5 }\nmap:\n  list: [one, "two"]\n  limits: *base\n  merged: { <<: *base, timeout: 1h }\n';
  const tree = parse(text).tree!;
  const textAt = (place: { readonly start: number; readonly end: number }): string =>
    text.slice(place.start, place.end);

  it.each([
    [['map', 'list', 0], 'one'],
    [['map', 'list', 1], '"two"'],
    [['map', 'limits', 'nice'], '5'],
    [['map', 'merged', 'nice'], '5'],
    [['map', 'merged', 'timeout'], '1h'],
  ])('%j stands where %s is written', (path, expected) => {
    expect(textAt(at(tree, path)!.place)).toBe(expected);
  });

  it('finds keys, through aliases and merges too', () => {
    expect(textAt(keyPlaceAt(tree, ['map', 'merged', 'nice']))).toBe('nice');
    expect(rangeOf(keyPlaceAt(tree, ['map', 'limits', 'nice']))).toMatchObject({ line: 1, column: 17 });
    expect(rangeOf(keyPlaceAt(tree, ['map', 'list']))).toMatchObject({
      file: 'plan.yaml',
      line: 3,
      column: 3,
      endColumn: 7,
    });
  });

  it('lets what a map says itself win over what it merges', () => {
    const { tree: merged } = parse(
      'x-a: &a { k: 1, l: 1 }\nx-b: &b { l: 2, m: 2 }\nmap: { k: 0, <<: [*a, *b] }\n',
    );
    expect(valueOf(merged!)).toEqual({ map: { k: 0, l: 1, m: 2 } });
  });
});

describe('numbers that are not what they look like', () => {
  it.each(['0777', '1.10', '0x1F', '1e3'])('%s must be quoted where text is wanted', async (text) => {
    const loaded = await load(PLAN.replace('path: app.db', `path: ${text}`));
    expect(codesOf(loaded)).toEqual(['BP1101']);
    expect(loaded.diagnostics[0]?.help).toBe(`Write it in quotes: "${text}".`);
  });

  it.each(['9007199254740993', '1e999', '.nan', '-.inf'])('%s is refused', async (text) => {
    expect(codesOf(await load(`${PLAN}labels: { a: ${text} }\n`))).toEqual(['BP1017']);
  });
});
