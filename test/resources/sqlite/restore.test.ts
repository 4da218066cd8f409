import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mode } from '../../../src/domain/mode.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import {
  capture,
  captureContext,
  restore,
  temporaryFolder,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

function sql(path: string, text: string): string {
  return execFileSync('sqlite3', ['-batch', '-bail', path], { input: text, encoding: 'utf8' });
}

const CONTENT = `PRAGMA journal_mode=WAL; PRAGMA user_version=12; PRAGMA application_id=77;
  CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, photo BLOB, score REAL);
  INSERT INTO users(name, photo, score) VALUES ('it''s', x'00ff', 1.5), (NULL, NULL, -1e300), ('two
lines', zeroblob(70000), 0);
  CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('find me');
  CREATE TRIGGER kept AFTER INSERT ON users BEGIN DELETE FROM docs; END;`;

async function snapshotOf(mode: Mode): Promise<{ path: string; snapshot: PlainSnapshot }> {
  const path = join(await temporaryFolder(), 'app.db');
  sql(path, CONTENT);
  return { path, snapshot: valueOf(await capture(sqliteType, await captureContext({ path }, { mode }))) };
}

describe.skipIf(lacks('sqlite3'))('restoring', () => {
  test('a full gives the same bytes, private and without side files', async () => {
    const { snapshot } = await snapshotOf('full');
    const { staging, result } = await restore(sqliteType, snapshot);
    const restored = join(staging, 'app.db');
    expect(await readdir(staging)).toEqual(['app.db']);
    expect(await readFile(restored)).toEqual(await readFile(snapshot.files.get('database')!));
    expect((await stat(restored)).mode & 0o777).toBe(0o600);
    expect(valueOf(result)).toEqual({ entries: 1, bytes: (await stat(restored)).size, warnings: [] });
    expect(sql(restored, 'PRAGMA journal_mode;')).toBe('wal\n');
  });

  test('a dump rebuilds every row, virtual tables and the numbers in the header', async () => {
    const { path, snapshot } = await snapshotOf('dump');
    const { staging, result } = await restore(sqliteType, snapshot);
    valueOf(result);
    const restored = join(staging, 'app.db');
    expect(await readdir(staging)).toEqual(['app.db']);
    expect((await stat(restored)).mode & 0o777).toBe(0o600);
    expect(sql(restored, '.dump')).toBe(sql(path, '.dump'));
    expect(sql(restored, 'PRAGMA user_version; PRAGMA application_id;')).toBe('12\n77\n');
    expect(sql(restored, "SELECT * FROM docs WHERE docs MATCH 'find';")).toBe('find me\n');
  });

  test('a schema gives a file of SQL', async () => {
    const { snapshot } = await snapshotOf('schema');
    const { staging, result } = await restore(sqliteType, snapshot);
    valueOf(result);
    expect(await readdir(staging)).toEqual(['app.db.sql']);
    expect(await readFile(join(staging, 'app.db.sql'), 'utf8')).toContain('CREATE TABLE users');
  });

  test('part of a database is refused', async () => {
    const { snapshot } = await snapshotOf('full');
    const { staging, result } = await restore(sqliteType, snapshot, { only: ['table/users'] });
    expect(failureIn(result).code).toBe('RESTORE_UNSUPPORTED');
    expect(await readdir(staging)).toEqual([]);
  });
});

describe.skipIf(lacks('sqlite3'))('what must never get a final name', () => {
  test('a database that fails its check', async () => {
    const { snapshot } = await snapshotOf('full');
    const file = snapshot.files.get('database')!;
    await truncate(file, (await stat(file)).size - 8192);
    const { staging, result } = await restore(sqliteType, snapshot);
    expect(failureIn(result)).toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining('restored') as string,
    });
    expect(await readdir(staging)).not.toContain('app.db');
  });

  test.each([
    ['an error', 'CREATE TABLE t(x); INSERT INTO missing VALUES (1);', 'no such table'],
    ['a program to run', '.shell touch owned\n', 'safe mode'],
    ['another file to open', "ATTACH 'owned' AS other;", 'safe mode'],
  ])('a dump with %s', async (_name, text, complaint) => {
    const { snapshot } = await snapshotOf('dump');
    await writeFile(snapshot.files.get('database')!, text);
    const { staging, result } = await restore(sqliteType, snapshot);
    expect(failureIn(result).code).toBe('RESTORE_FAILED');
    expect(failureIn(result).toolOutput).toContain(complaint);
    expect(await readdir(staging)).toEqual(['.restoring']);
  });

  test.each(['../evil.db', '/etc/evil.db', '..', '', 'a\0b'])('a name such as %j', async (fileName) => {
    const { snapshot } = await snapshotOf('full');
    const header = Buffer.from(JSON.stringify({ format: 'backup-plan/index@1', facts: { fileName } }));
    const { staging, result } = await restore(sqliteType, { ...snapshot, index: [header] });
    expect(failureIn(result).code).toBe('CORRUPT');
    expect(await readdir(staging)).toEqual([]);
  });
});
