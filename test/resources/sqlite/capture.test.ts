import { execFileSync } from 'node:child_process';
import { open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CaptureContext } from '../../../src/domain/resource-type.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { capture, captureContext, readArtifact, temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

function sql(path: string, text: string): string {
  return execFileSync('sqlite3', ['-batch', '-bail', path], { input: text, encoding: 'utf8' });
}

const USERS = 'CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);';

async function database(
  text = `${USERS} INSERT INTO users(name) VALUES ('ada'), ('grace');`,
): Promise<string> {
  const path = join(await temporaryFolder(), 'app.db');
  sql(path, text);
  return path;
}

async function contextFor(path: string, rest: Partial<CaptureContext> = {}): Promise<CaptureContext> {
  return captureContext({ path }, rest);
}

describe.skipIf(lacks('sqlite3'))('a full capture', () => {
  test('copies every committed row and says how it was proved', async () => {
    const path = await database();
    const snapshot = valueOf(await capture(sqliteType, await contextFor(path)));
    const copy = snapshot.files.get('database')!;
    expect(sql(copy, 'SELECT name FROM users;')).toBe('ada\ngrace\n');
    expect(snapshot.evidence.get('database')).toMatchObject({
      rawBytes: (await stat(path)).size,
      tool: 'sqlite3',
      exitCode: 0,
      completion: 'integrity_check',
    });
    expect(snapshot.evidence.get('database')?.toolVersion).toMatch(/^3\.\d+\.\d+$/);
  });

  test('records what the database says about itself and lists its objects in byte order', async () => {
    const path = await database(
      `PRAGMA user_version=7; ${USERS} CREATE VIEW names AS SELECT name FROM users; CREATE INDEX by_name ON users(name); CREATE TABLE Zebra(x);`,
    );
    const { index } = valueOf(await capture(sqliteType, await contextFor(path)));
    const [header, ...rest] = index.map((line) => JSON.parse(line.toString()) as Record<string, unknown>);
    expect(header?.['facts']).toMatchObject({
      fileName: 'app.db',
      path: { configured: path },
      journalMode: 'rollback',
      userVersion: 7,
      pageSize: 4096,
      tables: 2,
    });
    expect(rest.flatMap((line) => line['path'] ?? [])).toEqual([
      'index/by_name',
      'table/Zebra',
      'table/users',
      'view/names',
    ]);
  });

  test('starts relative paths at the folder of the plan and follows links once', async () => {
    const path = await database();
    const context = await contextFor('link.db');
    await symlink(path, join(context.planDirectory, 'link.db'));
    const { index } = valueOf(await capture(sqliteType, context));
    expect(JSON.parse(index[0]!.toString())).toMatchObject({
      facts: { fileName: 'link.db', path: { configured: 'link.db', resolved: path } },
    });
  });

  test.each([`it's "odd"`, 'a?b#c%41', 'new\nline', '-readonly', 'späße ', '.backup x'])(
    'takes a name such as %j literally',
    async (name) => {
      const folder = await temporaryFolder();
      const path = join(folder, name);
      const from = await database();
      await writeFile(path, await readFile(from));
      const snapshot = valueOf(await capture(sqliteType, await contextFor(path)));
      expect(sql(snapshot.files.get('database')!, 'SELECT count(*) FROM users;')).toBe('2\n');
      expect(await readdir(folder)).toEqual([name]);
    },
  );

  test('keeps the copy private', async () => {
    const context = await contextFor(await database());
    const session = valueOf(await sqliteType.open(context));
    const [copy] = await readdir(context.scratch);
    expect((await stat(join(context.scratch, copy!))).mode & 0o777).toBe(0o600);
    await session.close();
  });
});

describe.skipIf(lacks('sqlite3'))('sources that are no databases', () => {
  test('a missing path fails and creates nothing', async () => {
    const folder = await temporaryFolder();
    const failure = failureIn(await capture(sqliteType, await contextFor(join(folder, 'missing.db'))));
    expect(failure).toMatchObject({ code: 'SOURCE_MISSING' });
    expect(failure.message).toContain('missing.db');
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['text', 'not a database, but long enough to look like one'.repeat(10), 'SOURCE_UNSUPPORTED'],
    ['one byte', 'S', 'SOURCE_UNSUPPORTED'],
    ['nothing', '', 'SOURCE_EMPTY'],
  ])('a file with %s fails and stays as it is', async (_name, content, code) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'app.db');
    await writeFile(path, content);
    expect(failureIn(await capture(sqliteType, await contextFor(path))).code).toBe(code);
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(await readdir(folder)).toEqual(['app.db']);
  });

  test('a folder is not a database', async () => {
    const folder = await temporaryFolder();
    expect(failureIn(await capture(sqliteType, await contextFor(folder))).code).toBe('SOURCE_UNSUPPORTED');
  });

  test('a database without tables is empty unless the plan allows it', async () => {
    const path = await database('PRAGMA user_version=3;');
    expect(failureIn(await capture(sqliteType, await contextFor(path))).code).toBe('SOURCE_EMPTY');
    const allowed = await contextFor(path, { guards: { maxDrop: 0.5, allowEmpty: true } });
    valueOf(await capture(sqliteType, allowed));
  });
});

describe.skipIf(lacks('sqlite3'))('guards', () => {
  test('a database below source.minSize fails', async () => {
    const guards = { maxDrop: 0.5, allowEmpty: false, minSizeBytes: 1_000_000 };
    const context = await contextFor(await database(), { guards });
    expect(failureIn(await capture(sqliteType, context))).toMatchObject({ code: 'SOURCE_EMPTY' });
  });

  test.each([
    [16_384, 0.5, true],
    [16_385, 0.5, false],
    [16_385, 0.51, true],
  ])('8192 bytes after %i pass with maxDrop %f: %s', async (rawBytes, maxDrop, passes) => {
    const context = await contextFor(await database(), {
      guards: { maxDrop, allowEmpty: false },
      previous: { rawBytes, entries: 1 },
    });
    expect((await capture(sqliteType, context)).ok).toBe(passes);
  });
});

describe.skipIf(lacks('sqlite3'))('damage', () => {
  test('a damaged page is found on the copy', async () => {
    const path = await database(
      `${USERS} CREATE INDEX by_name ON users(name);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000)
       INSERT INTO users(name) SELECT 'user ' || i FROM n;`,
    );
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(2048, 0x5a), 0, 2048, 4096 * 5);
    await file.close();
    // The tools themselves see nothing wrong.
    execFileSync('sqlite3', [path, `.backup ${join(await temporaryFolder(), 'copy.db')}`]);
    const failure = failureIn(await capture(sqliteType, await contextFor(path)));
    expect(failure.code).toBe('SOURCE_CORRUPT');
    expect(failure.toolOutput).toMatch(/\S/);
  });
});

describe.skipIf(lacks('sqlite3'))('other modes', () => {
  test('a dump is SQL that ends with COMMIT and carries what .dump leaves out', async () => {
    const path =
      await database(`PRAGMA user_version=7; PRAGMA application_id=99; ${USERS} INSERT INTO users VALUES (1, 'a
.shell true');`);
    const snapshot = valueOf(await capture(sqliteType, await contextFor(path, { mode: 'dump' })));
    const text = (await readArtifact(snapshot, 'database')).toString();
    expect(text).toMatch(
      /^PRAGMA encoding='UTF-8';\nPRAGMA page_size=4096;\nPRAGMA user_version=7;\nPRAGMA application_id=99;\n/,
    );
    expect(text.endsWith('COMMIT;\n')).toBe(true);
    expect(snapshot.evidence.get('database')?.completion).toBe('ends with COMMIT');
    const rebuilt = join(await temporaryFolder(), 'rebuilt.db');
    sql(rebuilt, text);
    expect(sql(rebuilt, 'SELECT * FROM users; PRAGMA user_version;')).toBe('1|a\n.shell true\n7\n');
  });

  test('a dump that ends in the middle is refused, whatever its exit code', async () => {
    const context = await contextFor(await database(), { mode: 'dump' });
    const session = valueOf(await sqliteType.open(context));
    const [artifact] = session.artifacts;
    const command = { exitCode: 0, stderr: '', durationMs: 1 };
    const cut = await artifact!.settle({
      command,
      rawBytes: 10,
      tail: Buffer.from('ROLLBACK; -- due to errors\n'),
    });
    expect(failureIn(cut).code).toBe('INCOMPLETE_OUTPUT');
    const killed = await artifact!.settle({
      command: { signal: 'SIGKILL', stderr: '', durationMs: 1 },
      rawBytes: 10,
    });
    expect(failureIn(killed)).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(failureIn(killed).message).toContain('SIGKILL');
  });

  test('a schema makes the same empty database', async () => {
    const path = await database(
      `${USERS} CREATE VIRTUAL TABLE docs USING fts5(body); CREATE VIEW names AS SELECT name FROM users;
       CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM docs; END; -- a comment
       CREATE TABLE noted(a -- trailing
       ); INSERT INTO users(name) VALUES ('secret person');`,
    );
    const snapshot = valueOf(await capture(sqliteType, await contextFor(path, { mode: 'schema' })));
    const text = (await readArtifact(snapshot, 'database')).toString();
    expect(text).not.toContain('secret person');
    const rebuilt = join(await temporaryFolder(), 'rebuilt.db');
    sql(rebuilt, text);
    const names = 'SELECT type, name FROM sqlite_master ORDER BY 1, 2;';
    expect(sql(rebuilt, names)).toBe(sql(path, names));
  });

  test('a copy that was not read to its end is refused', async () => {
    const session = valueOf(await sqliteType.open(await contextFor(await database())));
    const short = await session.artifacts[0]!.settle({ rawBytes: 4096 });
    expect(failureIn(short)).toMatchObject({
      code: 'INCOMPLETE_OUTPUT',
      message: '4096 of 8192 bytes of the copy were read',
    });
  });
});
