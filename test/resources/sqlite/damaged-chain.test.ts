import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/domain/failure.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn } from '../../support/results.ts';
import {
  databaseOf,
  insertRows,
  restoreChain,
  sql,
  takeLevel,
  withArtifact,
  type Level,
} from './chain-rig.ts';

const PAGE = 4096;

/** Three levels; the last one grew by several runs of pages. */
let chain: readonly [Level, Level, Level];

async function makeChain(): Promise<readonly [Level, Level, Level]> {
  const path = await databaseOf(300);
  const full = await takeLevel(path);
  sql(path, insertRows(30));
  const first = await takeLevel(path, full);
  sql(path, `UPDATE t SET x = randomblob(1000) WHERE id IN (50, 150, 250); ${insertRows(20)}`);
  return [full, first, await takeLevel(path, first)];
}

/** The failure of a restore that leaves nothing under the name of the database. */
async function refusal(levels: readonly [Level, ...Level[]]): Promise<Failure> {
  const { staging, result } = await restoreChain(levels);
  expect(await readdir(staging)).not.toContain('app.db');
  return failureIn(result);
}

describe.skipIf(lacks('sqlite3'))('a chain with', () => {
  beforeEach(async () => {
    chain = await makeChain();
  });

  test('a level missing is refused before anything is read', async () => {
    const [full, first, last] = chain;
    const failure = await refusal([full, last]);
    expect(failure).toMatchObject({ code: 'CORRUPT' });
    expect(failure.message).toBe(
      `snapshot ${last.id} does not build on ${full.id}: a level of the chain is missing or in the wrong place`,
    );
    expect((await refusal([first, last])).message).toContain('cannot stand at this place');
  });

  test('two levels swapped is refused', async () => {
    const [full, first, last] = chain;
    expect((await refusal([full, last, first])).code).toBe('CORRUPT');
    expect((await refusal([full, full, last])).message).toContain('cannot stand at this place');
  });

  test('the pages of another level in place of its own does not add up', async () => {
    const [full, first, last] = chain;
    const files = new Map([...first.snapshot.files, ...last.snapshot.files]);
    const confused: Level = { ...first, snapshot: { ...first.snapshot, files } };
    const failure = await refusal([full, confused]);
    expect(failure).toMatchObject({ code: 'CORRUPT' });
    expect(failure.message).toContain('do not add up');
  });

  test('one byte of a page changed does not add up', async () => {
    const [full, first, last] = chain;
    const changed = await withArtifact(last, 'pages', async (path) => {
      const bytes = await readFile(path);
      bytes[PAGE + 2_000]! ^= 1;
      await writeFile(path, bytes);
    });
    expect((await refusal([full, first, changed])).message).toContain('do not add up');
  });

  test.each([
    ['a page too few', (path: string) => truncate(path, 2 * PAGE), 'fewer pages than offsets'],
    ['a page too many', (path: string) => appendFile(path, Buffer.alloc(PAGE)), 'more pages than offsets'],
  ])('%s is refused', async (_name, change, complaint) => {
    const [full, first, last] = chain;
    const failure = await refusal([full, first, await withArtifact(last, 'pages', change)]);
    expect(failure).toMatchObject({ code: 'CORRUPT' });
    expect(failure.message).toContain(complaint);
  });

  const offsetDefects: readonly (readonly [string, (lines: string[]) => string[], string])[] = [
    ['no size', (lines) => lines.slice(1), 'do not begin with a size'],
    ['no end', (lines) => lines.slice(0, -1), 'end early'],
    ['nothing at all', () => [], 'do not begin with a size'],
    ['two lines exchanged', ([size = '', a = '', b = '', ...rest]) => [size, b, a, ...rest], 'not in order'],
    ['a page beyond the end', (lines) => [...lines.slice(0, -2), '999999 1', lines.at(-1)!], 'not in order'],
    ['an empty run', ([size = '', ...rest]) => [size, '0 0', ...rest], 'not in order'],
    ['a negative page', ([size = '', ...rest]) => [size, '-1 1', ...rest], 'not in order'],
    ['text', ([size = '', ...rest]) => [size, 'rm -rf', ...rest], 'not in order'],
  ];

  test.each(offsetDefects)('offsets with %s is refused', async (_name, change, complaint) => {
    const [full, first, last] = chain;
    const changed = await withArtifact(last, 'offsets', async (path) => {
      const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
      await writeFile(
        path,
        change(lines).map((line) => `${line}\n`),
      );
    });
    const failure = await refusal([full, first, changed]);
    expect(failure).toMatchObject({ code: 'CORRUPT' });
    expect(failure.message).toContain(complaint);
  });
});
