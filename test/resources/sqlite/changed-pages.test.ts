import fc from 'fast-check';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PipelineSink } from '../../../src/domain/pipeline.ts';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import { keepChangedPages, type ChangedPages } from '../../../src/resources/sqlite/changed-pages.ts';
import { digestPages, digestsOfLine, pageLine } from '../../../src/resources/sqlite/page-digests.ts';
import { replayLevel } from '../../../src/resources/sqlite/replay.ts';
import { pipelines, temporaryFolder } from '../../support/plain-snapshot.ts';
import { valueOf } from '../../support/results.ts';

const PAGE = 4096;
const PAGES_PER_BLOCK = 256;

/** A file of whole pages, each of one letter, and a rest that is none. */
interface Content {
  readonly letters: string;
  readonly rest: number;
}

function bytesOf({ letters, rest }: Content): Buffer {
  return Buffer.concat([
    ...[...letters].map((letter) => Buffer.alloc(PAGE, letter)),
    Buffer.alloc(rest, 'r'),
  ]);
}

async function changesBetween(before: Buffer, after: Buffer): Promise<ChangedPages & { folder: string }> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'copy.db'), after);
  await writeFile(join(folder, 'parent'), digestPages(before));
  const changes = await keepChangedPages(join(folder, 'copy.db'), folder, join(folder, 'parent'));
  return { ...changes, folder };
}

async function replayed(
  before: Buffer,
  { folder, pages, offsets }: Awaited<ReturnType<typeof changesBetween>>,
) {
  const [path, scratch] = [join(folder, 'restored.db'), join(folder, 'scratch')];
  await mkdir(scratch);
  await writeFile(path, before);
  const files: Readonly<Record<string, string>> = { pages: pages.path, offsets: offsets.path };
  const link = {
    record: { snapshotId: 'one' } as SnapshotRecord,
    index: () => Promise.reject(new Error('not asked for')),
    deliver: (artifact: string, sink: PipelineSink) => {
      const source = { kind: 'file', path: files[artifact] ?? '' } as const;
      return pipelines.run({ source, stages: [], sink, signal: new AbortController().signal });
    },
  };
  valueOf(await replayLevel(link, path, scratch));
  return readFile(path);
}

async function runsIn({ offsets }: ChangedPages): Promise<readonly string[]> {
  return (await readFile(offsets.path, 'utf8')).split('\n').slice(1, -2);
}

describe('the changed pages of a file', () => {
  test('make the new file out of the old one, whatever both hold', { timeout: 60_000 }, async () => {
    const content = fc.record({
      letters: fc
        .array(fc.constantFrom('a', 'b'), { maxLength: 600, size: 'max' })
        .map((all) => all.join('')),
      rest: fc.constantFrom(0, 0, 512, 1024, 3584),
    });
    await fc.assert(
      fc.asyncProperty(content, content, async (old, next) => {
        const [before, after] = [bytesOf(old), bytesOf(next)];
        const changes = await changesBetween(before, after);
        expect((await replayed(before, changes)).equals(after)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  const full = 'a'.repeat(2 * PAGES_PER_BLOCK + 10);
  const changedAt = (first: number, count: number): string =>
    full.slice(0, first) + 'b'.repeat(count) + full.slice(first + count);

  test.each([
    ['nothing', full, []],
    ['the first and the last page', `b${full.slice(1, -1)}b`, ['0 1', '521 1']],
    ['a run across the border of two blocks', changedAt(250, 20), ['250 20']],
    ['a run that ends at the border', changedAt(200, 56), ['200 56']],
    ['a run over a whole block', changedAt(100, 400), ['100 400']],
    ['everything', 'b'.repeat(full.length), [`0 ${String(full.length)}`]],
    ['growth', `${full}aa`, ['522 2']],
    ['shrinkage', full.slice(5), []],
  ])('are joined to runs: %s', async (_name, letters, runs) => {
    const changes = await changesBetween(bytesOf({ letters: full, rest: 0 }), bytesOf({ letters, rest: 0 }));
    expect(await runsIn(changes)).toEqual(runs);
    const count = runs.reduce((sum, run) => sum + Number(run.split(' ')[1]), 0);
    expect((await stat(changes.pages.path)).size).toBe(count * PAGE);
    expect(changes.copy.bytes).toBe(letters.length * PAGE);
  });

  test('are found by digests that lie in the index, 16 bytes for each page', async () => {
    const bytes = bytesOf({ letters: 'ab'.repeat(200), rest: 100 });
    const { digestLines } = await changesBetween(Buffer.alloc(0), bytes);
    const digests: Buffer[] = [];
    for await (const line of digestLines()) digests.push(digestsOfLine(line) ?? Buffer.alloc(0));
    expect(digests).toHaveLength(2);
    expect(Buffer.concat(digests).equals(digestPages(bytes))).toBe(true);
    expect(digestPages(bytes)).toHaveLength(401 * 16);
    expect(JSON.parse(pageLine(digestPages(bytes)).toString())).toEqual({
      pages: digestPages(bytes).toString('base64'),
    });
    expect(digestsOfLine(Buffer.from('{"path":"table/t","type":"object"}'))).toBeUndefined();
  });
});
