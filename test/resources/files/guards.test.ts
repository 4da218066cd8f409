import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SourceGuards } from '../../../src/domain/plan.ts';
import type { PreviousFacts } from '../../../src/domain/resource-type.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { take } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const STRICT: SourceGuards = { maxDrop: 0.5, allowEmpty: false };

async function folderOf(files: number, bytes = 10): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(root);
  for (let index = 0; index < files; index += 1)
    writeFileSync(join(root, `f${String(index)}`), 'x'.repeat(bytes));
  return root;
}

describe.skipIf(lacks('tar'))('a source', () => {
  test.each<[string, number, Partial<SourceGuards>, string]>([
    ['that is empty', 0, {}, 'is empty'],
    ['with fewer files than minFiles', 3, { minFiles: 4 }, '3 files, fewer than source.minFiles 4'],
    ['smaller than minSize', 3, { minSizeBytes: 31 }, '30 B, less than source.minSize 31 B'],
  ])('%s is refused', async (_, files, guards, message) => {
    const root = await folderOf(files);
    const result = await take(filesType, { paths: [root] }, { guards: { ...STRICT, ...guards } });
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_EMPTY' });
    expect(failureIn(result).message).toContain(message);
  });

  test.each<[string, number, Partial<SourceGuards>]>([
    ['that may be empty', 0, { allowEmpty: true, maxDrop: 0.1, minFiles: 5 }],
    ['with as many files as minFiles', 3, { minFiles: 3 }],
    ['as large as minSize', 3, { minSizeBytes: 30 }],
  ])('%s is taken', async (_, files, guards) => {
    const root = await folderOf(files);
    const previous: PreviousFacts =
      files === 0 ? { entries: 100, rawBytes: 1_000_000 } : { entries: 4, rawBytes: 10_240 };
    valueOf(await take(filesType, { paths: [root] }, { guards: { ...STRICT, ...guards }, previous }));
  });

  test.each<[number, number, boolean]>([
    [7, 0.5, true],
    [8, 0.5, true],
    [9, 0.5, false],
    [40, 0.9, true],
    [4, 0, true],
    [5, 0, false],
  ])('of 4 entries after %i, with maxDrop %d, passes: %s', async (entries, maxDrop, passes) => {
    const root = await folderOf(3);
    const given = { guards: { ...STRICT, maxDrop }, previous: { entries, rawBytes: 0 } };
    const result = await take(filesType, { paths: [root] }, given);
    expect(result.ok).toBe(passes);
    if (!result.ok)
      expect(result.failure).toMatchObject({ code: 'SOURCE_EMPTY', facts: { entries: 4, before: entries } });
  });

  test('whose files lost most of their bytes is refused, where both archives are full', async () => {
    const root = await folderOf(3);
    const previous = { entries: 4, rawBytes: 1_000_000 };
    const full = await take(filesType, { paths: [root] }, { previous });
    expect(failureIn(full)).toMatchObject({
      code: 'SOURCE_EMPTY',
      facts: { bytes: 10_240, before: 1_000_000 },
    });
    const parent = valueOf(await take(filesType, { paths: [root] }));
    valueOf(await take(filesType, { paths: [root] }, { previous, mode: 'incremental', parent }));
  });

  test('one of whose paths is empty is refused, unless that one is optional', async () => {
    const [good, empty] = [await folderOf(3), await folderOf(0)];
    const paths = [good, empty];
    const result = await take(filesType, { paths });
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_EMPTY', message: `${empty} is empty` });
    valueOf(await take(filesType, { paths, optional: [empty] }));
  });

  test('of which everything is excluded counts as empty', async () => {
    const root = await folderOf(3);
    const result = await take(filesType, { paths: [root], exclude: ['*'] });
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_EMPTY' });
  });

  test('all of whose optional paths are missing counts as empty', async () => {
    const missing = join(await temporaryFolder(), 'missing');
    const result = await take(filesType, { paths: [missing], optional: [missing] });
    expect(failureIn(result)).toMatchObject({
      code: 'SOURCE_EMPTY',
      message: 'there are no files to capture',
    });
  });
});
