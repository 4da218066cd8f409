import fc from 'fast-check';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IndexUnreadable } from '../../../src/domain/resource-type.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { capture, captureContext, type PlainSnapshot } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import {
  databaseOf,
  digestOf,
  insertRows,
  parentOf,
  restoreChain,
  restoredDigest,
  sql,
  takeLevel,
  type Level,
} from './chain-rig.ts';

const PAGE = 4096;

async function sizeOf({ files }: PlainSnapshot, artifact: string): Promise<number> {
  return (await stat(files.get(artifact)!)).size;
}

async function offsetsOf({ files }: PlainSnapshot): Promise<readonly string[]> {
  return (await readFile(files.get('offsets')!, 'utf8')).split('\n').slice(0, -1);
}

function factsOf({ index }: PlainSnapshot): Readonly<Record<string, unknown>> {
  return (JSON.parse(index[0]!.toString()) as { facts: Record<string, unknown> }).facts;
}

describe.skipIf(lacks('sqlite3'))('an incremental capture', () => {
  test('stores the pages that differ, in order, with a list that a shell can follow', async () => {
    const path = await databaseOf(2_000);
    const full = await takeLevel(path);
    sql(path, 'UPDATE t SET x = randomblob(1000) WHERE id IN (500, 1500);');
    const { snapshot, source } = await takeLevel(path, full);
    expect([...snapshot.files.keys()]).toEqual(['pages', 'offsets']);
    const [size, ...rest] = await offsetsOf(snapshot);
    const { size: bytes } = await stat(source);
    expect(size).toBe(`size ${String(bytes)}`);
    expect(rest.pop()).toBe(`sha256 ${await digestOf(source)}`);
    const runs = rest.map((line) => line.split(' ').map(Number) as [number, number]);
    const [before, after] = [await readFile(full.source), await readFile(source)];
    const differing = Array.from({ length: bytes / PAGE }, (_, page) => page).filter(
      (page) => !pageAt(before, page).equals(pageAt(after, page)),
    );
    expect(runs.flatMap(([page, count]) => Array.from({ length: count }, (_, at) => page + at))).toEqual(
      differing,
    );
    expect(differing.length).toBeLessThan(10);
    const pages = await readFile(snapshot.files.get('pages')!);
    expect(pages).toEqual(Buffer.concat(differing.map((page) => pageAt(after, page))));
  });

  test('of a database that did not change stores no page and can be restored', async () => {
    const path = await databaseOf(50);
    const full = await takeLevel(path);
    const next = await takeLevel(path, full);
    expect(await sizeOf(next.snapshot, 'pages')).toBe(0);
    expect(await offsetsOf(next.snapshot)).toHaveLength(2);
    expect(await restoredDigest([full, next])).toBe(await digestOf(full.source));
  });

  test('lists the digests of all pages, so that the next one needs no other index', async () => {
    const path = await databaseOf(2_000);
    const full = await takeLevel(path);
    sql(path, 'UPDATE t SET x = randomblob(1000) WHERE id = 7;');
    const first = await takeLevel(path, full);
    const { source } = first;
    const lines = first.snapshot.index.filter((line) => line.toString().startsWith('{"pages":'));
    const digests = lines.map((line) => (JSON.parse(line.toString()) as { pages: string }).pages);
    expect(Buffer.concat(digests.map((text) => Buffer.from(text, 'base64')))).toHaveLength(
      ((await stat(source)).size / PAGE) * 16,
    );
    sql(path, 'UPDATE t SET x = randomblob(1000) WHERE id = 1900;');
    const second = await takeLevel(path, first);
    expect(await sizeOf(second.snapshot, 'pages')).toBeLessThan(5 * PAGE);
    expect(await restoredDigest([full, first, second])).toBe(await digestOf(second.source));
  });

  test('of mode differential is compared with its full in the same way', async () => {
    const path = await databaseOf(200);
    const full = await takeLevel(path);
    sql(path, insertRows(5));
    await takeLevel(path, full);
    sql(path, insertRows(5));
    const last = await takeLevel(path, full, { mode: 'differential' });
    expect(await restoredDigest([full, last])).toBe(await digestOf(last.source));
  });

  test('upon a parent that lists no pages stores all of them, and says so', async () => {
    const path = await databaseOf(50);
    const full = await takeLevel(path);
    const [header, ...others] = full.snapshot.index;
    const { fileName } = factsOf(full.snapshot);
    const bare = Buffer.from(JSON.stringify({ ...JSON.parse(header!.toString()), facts: { fileName } }));
    const index = [bare, ...others.filter((line) => !line.toString().includes('"pages"'))];
    const old: Level = { ...full, snapshot: { ...full.snapshot, index } };
    const next = await takeLevel(path, old);
    expect(await sizeOf(next.snapshot, 'pages')).toBe((await stat(next.source)).size);
    expect(next.snapshot.summary.warnings).toContainEqual(expect.stringContaining('all of them are stored'));
    expect(await restoredDigest([old, next])).toBe(await digestOf(next.source));
  });

  test('lets an index that cannot be read to its end go through to its caller', async () => {
    const path = await databaseOf(10);
    const { snapshot } = await takeLevel(path);
    async function* cut(): AsyncGenerator<Buffer> {
      yield snapshot.index[0]!;
      throw new IndexUnreadable('the index has no end line');
    }
    const parent = { ...parentOf({ id: '', snapshot, source: '' }), lines: cut() };
    const context = await captureContext({ path }, { mode: 'incremental', parent });
    await expect(capture(sqliteType, context)).rejects.toThrow(IndexUnreadable);
  });

  test('fails where the database lost more than maxDrop allows since the full', async () => {
    const path = await databaseOf(500);
    const full = await takeLevel(path);
    const rawBytes = (await stat(full.source)).size;
    sql(path, 'DELETE FROM t WHERE id > 10; VACUUM;');
    const context = await captureContext(
      { path },
      { mode: 'incremental', parent: parentOf(full), previous: { rawBytes, entries: 1 } },
    );
    expect(failureIn(await capture(sqliteType, context)).code).toBe('SOURCE_EMPTY');
  });

  test('says what sqlite3 is known for once in a chain', async () => {
    const path = await databaseOf(10);
    const full = await takeLevel(path);
    const next = await takeLevel(path, full);
    const last = await takeLevel(path, next);
    expect([next, last].flatMap(({ snapshot }) => snapshot.summary.warnings)).toEqual([]);
  });
});

function pageAt(file: Buffer, page: number): Buffer {
  return file.subarray(page * PAGE, (page + 1) * PAGE);
}

/** What may happen to a database between two backups. */
const change = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map(insertRows),
  fc.integer({ min: 1, max: 9 }).map((n) => `DELETE FROM t WHERE id % 10 < ${String(n)};`),
  fc.integer({ min: 2, max: 9 }).map((n) => `UPDATE t SET x = randomblob(900) WHERE id % 10 = ${String(n)};`),
  fc.constant('VACUUM;'),
  fc.constant('DELETE FROM t; VACUUM;'),
  fc
    .constantFrom(512, 1024, 4096, 65_536)
    .map((size) => `PRAGMA journal_mode=DELETE; PRAGMA page_size=${String(size)}; VACUUM;`),
  fc.constantFrom('WAL', 'DELETE').map((mode) => `PRAGMA journal_mode=${mode};`),
  fc.constant(`CREATE TABLE IF NOT EXISTS other(y); INSERT INTO other VALUES (zeroblob(30000));`),
);

describe.skipIf(lacks('sqlite3'))('a chain', () => {
  test('gives back every one of its levels, whatever happened in between', { timeout: 120_000 }, async () => {
    const history = fc.record({
      pageSize: fc.constantFrom(512, 4096, 16_384),
      changes: fc.array(fc.array(change, { maxLength: 3 }), { minLength: 0, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ pageSize, changes }) => {
        const path = await databaseOf(40, `PRAGMA page_size=${String(pageSize)};`);
        const chain: [Level, ...Level[]] = [await takeLevel(path)];
        for (const statements of changes) {
          sql(path, statements.join('\n'));
          chain.push(await takeLevel(path, chain.at(-1)));
        }
        for (const [at, level] of chain.entries()) {
          const upTo: [Level, ...Level[]] = [chain[0], ...chain.slice(1, at + 1)];
          expect(await restoredDigest(upTo)).toBe(await digestOf(level.source));
        }
      }),
      { numRuns: 12 },
    );
  });

  test('is restored without side files, private, and with the owner and mode that were asked for', async () => {
    const path = await databaseOf(20);
    const full = await takeLevel(path);
    sql(path, insertRows(3));
    const chain: [Level, Level] = [full, await takeLevel(path, full)];
    const plain = await restoreChain(chain);
    expect(valueOf(plain.result)).toMatchObject({ entries: 1, warnings: [] });
    expect((await stat(join(plain.staging, 'app.db'))).mode & 0o777).toBe(0o600);
    const owner = `${String(process.getuid?.())}:${String(process.getgid?.())}`;
    const asked = await restoreChain(chain, { owner, fileMode: 0o640 });
    expect((await stat(join(asked.staging, 'app.db'))).mode & 0o777).toBe(0o640);
    const refused = await restoreChain(chain, { owner: 'nobody-of-this-name' });
    expect(failureIn(refused.result).code).toBe('RESTORE_FAILED');
  });
});
