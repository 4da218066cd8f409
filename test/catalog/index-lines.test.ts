import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayPath, mergeIndexes, parseIndexLine, pathBytes } from '../../src/catalog/index-lines.ts';
import { bytePathOfLine, displayBytes, readDisplayed } from '../../src/domain/index-entry.ts';
import type { IndexEntry } from '../../src/domain/record.ts';

function entry(path: string | Buffer, rest: Partial<IndexEntry> = {}): IndexEntry {
  const name = typeof path === 'string' ? { path } : { path64: path.toString('base64') };
  return { ...name, type: 'file', ...rest };
}

async function* index(...entries: readonly IndexEntry[]): AsyncGenerator<Buffer> {
  const lines = [{ format: 'backup-plan/index@1' }, ...entries, { end: true, entries: entries.length }];
  for (const line of lines) yield Buffer.from(JSON.stringify(line));
}

async function merged(a: readonly IndexEntry[], b: readonly IndexEntry[]): Promise<string[]> {
  const found: string[] = [];
  for await (const difference of mergeIndexes(index(...a), index(...b))) {
    found.push(`${difference.kind} ${displayPath('a' in difference ? difference.a : difference.b)}`);
  }
  return found;
}

describe('an index line', () => {
  test('is an entry, or the header or trailer', () => {
    expect(parseIndexLine(Buffer.from('{"path":"a/b","type":"file"}'))).toEqual({
      path: 'a/b',
      type: 'file',
    });
    expect(parseIndexLine(Buffer.from('{"format":"backup-plan/index@1"}'))).toBeUndefined();
    expect(parseIndexLine(Buffer.from('{"end":true,"entries":0,"log":[]}'))).toBeUndefined();
  });

  test('gives its path bytes the same with and without parsing, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (bytes, text) => {
          const raw = Buffer.from(bytes);
          expect(pathBytes(entry(raw))).toEqual(raw);
          for (const one of [entry(raw), entry(Buffer.from(text).toString())]) {
            const path = bytePathOfLine(Buffer.from(JSON.stringify(one)));
            expect(Buffer.from(path ?? '', 'latin1')).toEqual(pathBytes(one));
          }
        },
      ),
    );
  });
});

describe('a displayed path', () => {
  test.each([
    ['srv/späße/日本', 'srv/späße/日本'],
    ['new\nline', String.raw`new\x0aline`],
    ['esc\u001b[31m', String.raw`esc\x1b[31m`],
    ['\u202egnp.exe', String.raw`\u{202e}gnp.exe`],
    ['\u0085next', String.raw`\u{85}next`],
    ['back\\slash', String.raw`back\\slash`],
    [Buffer.from([0x61, 0xff, 0xc3, 0xa9]), String.raw`a\xff\xc3\xa9`],
  ])('shows %j as %s', (path, shown) => {
    expect(displayPath(entry(path))).toBe(shown);
  });

  test('is safe to print and reads back to the same bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text))),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const path = Buffer.from(bytes).toString('latin1');
        const shown = displayBytes(path);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(readDisplayed(shown)).toBe(path);
      }),
    );
  });

  test('is not read where it holds an escape that is never written', () => {
    for (const text of ['a\\', '\\q', '\\x1', '\\u{}', 'C:\\dir'])
      expect(readDisplayed(text)).toBeUndefined();
  });
});

describe('two indexes', () => {
  test('are joined by path: same, changed, only here, only there', async () => {
    const before = [entry('a', { size: 1 }), entry('b', { size: 1 }), entry('c')];
    const after = [entry('a', { size: 1, inode: '7', stored: true }), entry('b', { size: 2 }), entry('d')];
    expect(await merged(before, after)).toEqual(['same a', 'changed b', 'only-a c', 'only-b d']);
  });

  test('may be empty', async () => {
    expect(await merged([], [])).toEqual([]);
    expect(await merged([entry('x')], [])).toEqual(['only-a x']);
    expect(await merged([], [entry('x')])).toEqual(['only-b x']);
  });

  test('are compared by bytes, where UTF-16 order differs', async () => {
    const paths = ['\uffee', '\u{1f600}'];
    expect(
      await merged(
        paths.map((path) => entry(path)),
        [entry('\u{1f600}')],
      ),
    ).toEqual(['only-a \uffee', 'same \u{1f600}']);
  });

  test('give every path exactly once', async () => {
    const sets = fc.tuple(fc.uniqueArray(fc.nat(50)), fc.uniqueArray(fc.nat(50)));
    await fc.assert(
      fc.asyncProperty(sets, async ([a, b]) => {
        const name = (value: number) => `f${String(value).padStart(2, '0')}`;
        const entries = (values: number[]) =>
          values
            .map(name)
            .sort()
            .map((path) => entry(path));
        const found = await merged(entries(a), entries(b));
        const expected = [...new Set([...a, ...b])].map((value) => {
          const kind = a.includes(value) ? (b.includes(value) ? 'same' : 'only-a') : 'only-b';
          return `${kind} ${name(value)}`;
        });
        expect([...found].sort()).toEqual(expected.sort());
      }),
    );
  });

  test('release both readers when the caller stops early', async () => {
    const stopped: string[] = [];
    async function* watched(name: string): AsyncGenerator<Buffer> {
      try {
        yield* index(entry('a'), entry('b'));
      } finally {
        stopped.push(name);
      }
    }
    for await (const difference of mergeIndexes(watched('left'), watched('right'))) {
      expect(difference.kind).toBe('same');
      break;
    }
    expect(stopped).toEqual(['left', 'right']);
  });
});
