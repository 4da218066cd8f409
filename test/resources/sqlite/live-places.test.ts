import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LivePlaces, PlaceContext } from '../../../src/domain/resource-type.ts';
import { ok, type Result } from '../../../src/domain/result.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { openWriter } from '../../support/sqlite-writer.ts';
import { databaseOf, insertRows, restoreChain, sql, takeLevel, type Level } from './chain-rig.ts';

const { live } = sqliteType;
if (live?.kind !== 'paths') throw new Error('a database is put in its place by rename');
const place: typeof live.place = (context) => live.place(context);

function contextFor(path: string, rest: Partial<PlaceContext> = {}): PlaceContext {
  const facts = { fileName: 'app.db', content: 'database' };
  return { resource: 'thing', options: { path }, planDirectory: '/', only: [], facts, ...rest };
}

const withCompanions = (path: string): LivePlaces['places'] => [
  { staged: 'app.db', live: path },
  ...['-wal', '-shm', '-journal'].map((suffix) => ({ live: `${path}${suffix}` })),
];

describe('the places of a database', () => {
  test('are that of the file and, without anything to put there, those of its side files', async () => {
    const folder = await realpath(await temporaryFolder());
    const path = join(folder, 'app.db');
    expect(valueOf(await place(contextFor(path))).places).toEqual(withCompanions(path));
    expect(valueOf(await place(contextFor('app.db', { planDirectory: folder }))).places).toEqual(
      withCompanions(path),
    );
  });

  test.each([true, false])(
    'lie where a link leads, also when its end is missing (exists: %s)',
    async (exists) => {
      const folder = await realpath(await temporaryFolder());
      await mkdir(join(folder, 'data'));
      if (exists) await writeFile(join(folder, 'data', 'real.db'), '');
      await symlink('data/real.db', join(folder, 'link.db'));
      await symlink(folder, join(folder, 'here'));
      const { places } = valueOf(await place(contextFor(join(folder, 'here', 'link.db'))));
      expect(places).toEqual(withCompanions(join(folder, 'data', 'real.db')));
    },
  );

  test('may lie in folders that are gone', async () => {
    const folder = await realpath(await temporaryFolder());
    const path = join(folder, 'a', 'b', 'app.db');
    expect(valueOf(await place(contextFor(path))).places[0]).toEqual({ staged: 'app.db', live: path });
  });

  test('do not exist behind a link that leads in circles, nor for a schema', async () => {
    const folder = await temporaryFolder();
    await symlink('loop.db', join(folder, 'loop.db'));
    expect(failureIn(await place(contextFor(join(folder, 'loop.db')))).code).toBe('DESTINATION_REFUSED');
    const schema = contextFor(join(folder, 'app.db'), { facts: { fileName: 'app.db', content: 'schema' } });
    expect(failureIn(await place(schema))).toMatchObject({
      code: 'RESTORE_UNSUPPORTED',
      hint: expect.stringContaining('--to') as string,
    });
    expect(failureIn(await place(contextFor(join(folder, 'app.db'), { facts: {} }))).code).toBe('CORRUPT');
  });
});

/** A live file and a staged one. */
async function stagedBeside(mode: number): Promise<{ live: string; staging: string; staged: string }> {
  const folder = await realpath(await temporaryFolder());
  const staging = join(folder, 'staging');
  await mkdir(staging);
  const [livePath, staged] = [join(folder, 'app.db'), join(staging, 'app.db')];
  await writeFile(livePath, 'live');
  await chmod(livePath, mode);
  await writeFile(staged, 'restored', { mode: 0o600 });
  return { live: livePath, staging, staged };
}

describe('what the application finds', () => {
  test('has the mode of the live file, unless another one was asked for', async () => {
    const scene = await stagedBeside(0o664);
    valueOf(await place(contextFor(scene.live, { staging: scene.staging, fileMode: 0o640 })));
    expect((await stat(scene.staged)).mode & 0o777).toBe(0o600);
    valueOf(await place(contextFor(scene.live, { staging: scene.staging })));
    expect((await stat(scene.staged)).mode & 0o777).toBe(0o664);
  });

  test('stays private where there is no live file, and as it is in a preview', async () => {
    const scene = await stagedBeside(0o664);
    valueOf(await place(contextFor(scene.live)));
    await rm(scene.live);
    valueOf(await place(contextFor(scene.live, { staging: scene.staging })));
    expect((await stat(scene.staged)).mode & 0o777).toBe(0o600);
  });

  test.skipIf(lacksAbility('root'))(
    'has the owner of the live file, unless another one was asked for',
    async () => {
      const scene = await stagedBeside(0o600);
      await chown(scene.live, 1234, 2345);
      valueOf(await place(contextFor(scene.live, { staging: scene.staging, owner: 'root' })));
      expect(await stat(scene.staged)).toMatchObject({ uid: 0, gid: 0 });
      valueOf(await place(contextFor(scene.live, { staging: scene.staging })));
      expect(await stat(scene.staged)).toMatchObject({ uid: 1234, gid: 2345 });
    },
  );
});

describe.skipIf(lacks('sqlite3'))('a restored chain in its place', () => {
  test('is what the application reads, and the old log is not laid over it', async () => {
    const path = await databaseOf(20);
    const chain: [Level, ...Level[]] = [await takeLevel(path)];
    sql(path, insertRows(5));
    chain.push(await takeLevel(path, chain[0]));
    const writer = openWriter(path);
    await writer.run('PRAGMA wal_autocheckpoint=0; DELETE FROM t;');
    await writer.kill();
    const { staging, result } = await restoreChain(chain);
    valueOf(result);
    for (const { staged, live: at } of valueOf(await place(contextFor(path, { staging }))).places) {
      await rm(at, { force: true });
      if (staged !== undefined) await writeFile(at, await readFile(join(staging, staged)));
    }
    expect(sql(path, 'SELECT count(*) FROM t;')).toBe('25\n');
  });
});

describe.skipIf(lacks('sqlite3'))('a database in use', () => {
  const inUse = (context: PlaceContext): Promise<Result<string | undefined>> =>
    live.inUse?.(context) ?? Promise.resolve(ok(undefined));

  async function userOf(path: string): Promise<string | undefined> {
    return valueOf(await inUse(contextFor(path)));
  }

  test.each(['WAL', 'DELETE'])(
    'in %s mode is seen while a program has it open, idle or not',
    async (mode) => {
      const path = await realpath(await databaseOf(10, `PRAGMA journal_mode=${mode};`));
      expect(await userOf(path)).toBeUndefined();
      const writer = openWriter(path);
      onTestFinished(() => writer.kill());
      await writer.run('SELECT count(*) FROM t;');
      expect(await userOf(path)).toMatch(new RegExp(`^${path} is open in sqlite3 \\(process \\d+\\)$`));
      await writer.close();
      expect(await userOf(path)).toBeUndefined();
    },
  );

  test('is seen through a link, and is not touched by the look', async () => {
    const path = await realpath(await databaseOf(10));
    const writer = openWriter(path);
    onTestFinished(() => writer.kill());
    await writer.run('INSERT INTO t(x) VALUES (1);');
    const link = join(await temporaryFolder(), 'link.db');
    await symlink(path, link);
    const before = await readdir(dirname(path));
    expect(await userOf(link)).toContain('sqlite3');
    expect(await readdir(dirname(path))).toEqual(before);
  });

  test('that does not exist has no user', async () => {
    expect(await userOf(join(await temporaryFolder(), 'none.db'))).toBeUndefined();
  });
});
