import { onTestFinished, describe, expect, test } from 'vitest';
import type { Command, Tools } from '../../../src/domain/command.ts';
import type { CaptureContext, Comparison } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { rm } from 'node:fs/promises';
import { captureContext, tools } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { openWriter } from '../../support/sqlite-writer.ts';
import { databaseOf, insertRows, parentOf, sql, takeLevel, type Level } from './chain-rig.ts';

async function compare(
  path: string,
  level: Level,
  rest: Partial<CaptureContext> = {},
): Promise<Result<Comparison>> {
  const parent = parentOf(level);
  return sqliteType.compare!({ ...(await captureContext({ path }, rest)), parent });
}

/** Counts the copies that are made. */
function counting(): { readonly tools: Tools; readonly copies: () => number } {
  let copies = 0;
  return {
    tools: {
      ...tools,
      run: (command: Command, options) => {
        if (command.argv.includes('.backup main copy.db')) copies += 1;
        return tools.run(command, options);
      },
    },
    copies: () => copies,
  };
}

describe.skipIf(lacks('sqlite3'))('comparing a database with its newest snapshot', () => {
  test.each(['WAL', 'DELETE'])(
    'in %s mode: equal as long as nobody writes, also if it is read',
    async (mode) => {
      const path = await databaseOf(50, `PRAGMA journal_mode=${mode};`);
      const full = await takeLevel(path);
      expect(valueOf(await compare(path, full))).toBe('equal');
      sql(path, 'SELECT count(*) FROM t;');
      expect(valueOf(await compare(path, full))).toBe('equal');
      sql(path, 'UPDATE t SET x = NULL WHERE id = 1;');
      expect(valueOf(await compare(path, full))).toBe('different');
    },
  );

  test('with an incremental compares with what that one restores to', async () => {
    const path = await databaseOf(50);
    const full = await takeLevel(path);
    sql(path, insertRows(2));
    const next = await takeLevel(path, full);
    expect(valueOf(await compare(path, next))).toBe('equal');
    expect(valueOf(await compare(path, full))).toBe('different');
  });

  test('sees what only lies in the write-ahead log', async () => {
    const path = await databaseOf(50);
    const writer = openWriter(path);
    onTestFinished(() => writer.kill());
    await writer.run('PRAGMA wal_autocheckpoint=0; BEGIN; UPDATE t SET x = NULL WHERE id = 1; COMMIT;');
    const full = await takeLevel(path);
    expect(valueOf(await compare(path, full))).toBe('equal');
    await writer.run('BEGIN; UPDATE t SET x = NULL WHERE id = 2;');
    expect(valueOf(await compare(path, full))).toBe('equal');
    await writer.run('COMMIT;');
    expect(valueOf(await compare(path, full))).toBe('different');
  });

  test('needs no copy where the counter of commits has moved', async () => {
    const path = await databaseOf(50, 'PRAGMA journal_mode=DELETE;');
    const full = await takeLevel(path);
    const watched = counting();
    expect(valueOf(await compare(path, full, watched))).toBe('equal');
    expect(watched.copies()).toBe(1);
    sql(path, insertRows(1));
    expect(valueOf(await compare(path, full, watched))).toBe('different');
    expect(watched.copies()).toBe(1);
  });

  test.each(['schema', 'dump'] as const)('does not know about a snapshot of mode %s', async (mode) => {
    const path = await databaseOf(10);
    const level = await takeLevel(path, undefined, { mode });
    expect(valueOf(await compare(path, level))).toBe('unknown');
  });

  test('fails where the database is gone', async () => {
    const path = await databaseOf(10);
    const full = await takeLevel(path);
    await rm(path);
    expect(failureIn(await compare(path, full)).code).toBe('SOURCE_MISSING');
  });
});
