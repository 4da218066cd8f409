import { execFileSync, spawn } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Command, Tools } from '../../../src/domain/command.ts';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { capture, captureContext, temporaryFolder, tools } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { openWriter, type SqliteWriter } from '../../support/sqlite-writer.ts';

function sql(path: string, text: string): string {
  return execFileSync('sqlite3', ['-batch', '-bail', path], { input: text, encoding: 'utf8' });
}

const TABLES = 'CREATE TABLE debit(n INTEGER, text); CREATE TABLE credit(n INTEGER, text);';

/** `rows` rows of about 1 kB in each table. */
function fill(rows: number): string {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(rows)})`;
  const insert = (table: string) => `${numbers} INSERT INTO ${table} SELECT i, hex(randomblob(500)) FROM n;`;
  return `BEGIN; ${insert('debit')} ${insert('credit')} COMMIT;`;
}

const TRANSFER = "BEGIN; INSERT INTO debit VALUES (0, 'x'); INSERT INTO credit VALUES (0, 'x'); COMMIT;";
const COUNTS = 'SELECT (SELECT count(*) FROM debit), (SELECT count(*) FROM credit);';

async function liveDatabase(
  journal: 'WAL' | 'DELETE',
  rows: number,
): Promise<{ path: string; writer: SqliteWriter }> {
  const path = join(await temporaryFolder(), 'live.db');
  const writer = openWriter(path);
  onTestFinished(() => writer.kill());
  await writer.run(`PRAGMA journal_mode=${journal}; PRAGMA wal_autocheckpoint=0; ${TABLES} ${fill(rows)}`);
  return { path, writer };
}

function counts(path: string): readonly [number, number] {
  const [debit = '', credit = ''] = sql(path, COUNTS).trim().split('|');
  return [Number(debit), Number(credit)];
}

describe.skipIf(lacks('sqlite3'))('a database with a writer', () => {
  test('in WAL mode gives every committed row, where a copy of the file loses them', async () => {
    const { path } = await liveDatabase('WAL', 5_000);
    const naive = join(await temporaryFolder(), 'naive.db');
    await copyFile(path, naive);
    expect(sql(naive, 'SELECT count(*) FROM sqlite_master;')).toBe('0\n');
    const snapshot = valueOf(await capture(sqliteType, await captureContext({ path })));
    expect(counts(snapshot.files.get('database')!)).toEqual([5_000, 5_000]);
  });

  test.each(['WAL', 'DELETE'] as const)(
    'in %s mode is copied at one moment while it is written',
    async (journal) => {
      const { path, writer } = await liveDatabase(journal, 5_000);
      const stop = writer.repeat(TRANSFER);
      const snapshot = valueOf(await capture(sqliteType, await captureContext({ path })));
      const transfers = await stop();
      const [debit, credit] = counts(snapshot.files.get('database')!);
      expect(debit).toBe(credit);
      expect(debit).toBeGreaterThanOrEqual(5_000);
      expect(debit).toBeLessThanOrEqual(5_000 + transfers);
      expect(transfers).toBeGreaterThan(0);
      expect(counts(path)).toEqual([5_000 + transfers, 5_000 + transfers]);
    },
  );

  test('that never pauses cannot keep the copy from ending', async () => {
    const { path } = await liveDatabase('WAL', 20_000);
    const busy = spawn('sqlite3', ['-batch', path], { stdio: ['pipe', 'ignore', 'inherit'] });
    onTestFinished(() => void busy.kill('SIGKILL'));
    busy.stdin.on('error', () => undefined);
    busy.stdin.write(`.timeout 10000\n${`${TRANSFER}\n`.repeat(200_000)}`);
    const snapshot = valueOf(await capture(sqliteType, await captureContext({ path })));
    expect(busy.exitCode).toBeNull();
    const [debit, credit] = counts(snapshot.files.get('database')!);
    expect(debit).toBe(credit);
  });

  test('that holds a lock for longer than busyTimeout makes the capture fail in time', async () => {
    const { path, writer } = await liveDatabase('DELETE', 10);
    await writer.run('BEGIN EXCLUSIVE;');
    const failure = failureIn(
      await capture(sqliteType, await captureContext({ path, busyTimeout: '100ms' })),
    );
    expect(failure).toMatchObject({
      code: 'SOURCE_FAILED',
      hint: expect.stringContaining('busyTimeout') as string,
    });
    expect(failure.toolOutput).toContain('locked');
    await writer.run('COMMIT;');
    valueOf(await capture(sqliteType, await captureContext({ path, busyTimeout: '100ms' })));
  });

  test('that releases its lock within busyTimeout is waited for', async () => {
    const { path, writer } = await liveDatabase('DELETE', 10);
    await writer.run('BEGIN EXCLUSIVE;');
    const capturing = captureContext({ path, busyTimeout: '10s' }).then((context) =>
      capture(sqliteType, { ...context, tools: whenStarted('sqlite3', () => writer.run('COMMIT;')) }),
    );
    expect(counts(valueOf(await capturing).files.get('database')!)).toEqual([10, 10]);
  });

  test('that was killed in WAL mode is read with its log', async () => {
    const { path, writer } = await liveDatabase('WAL', 100);
    await writer.kill();
    const snapshot = valueOf(await capture(sqliteType, await captureContext({ path })));
    expect(counts(snapshot.files.get('database')!)).toEqual([100, 100]);
  });
});

/** Lets something happen once a tool has been called. */
function whenStarted(tool: string, then: () => Promise<unknown>): Tools {
  return {
    ...tools,
    async run(command, options) {
      const running = tools.run(command, options);
      if (command.argv[0] === tool && command.argv.includes('.backup main copy.db')) await then();
      return running;
    },
  };
}

describe.skipIf(lacks('sqlite3'))('a database in WAL mode', () => {
  test.each(['full', 'schema'] as const)(
    'without a writer leaves no files behind in mode %s',
    async (mode) => {
      const { path, writer } = await liveDatabase('WAL', 10);
      await writer.close();
      expect(await readdir(dirname(path))).toEqual(['live.db']);
      valueOf(await capture(sqliteType, await captureContext({ path }, { mode })));
      expect(await readdir(dirname(path))).toEqual(['live.db']);
    },
  );

  test('comes with a warning as long as sqlite3 has the defect', async () => {
    const { path } = await liveDatabase('WAL', 10);
    const old = valueOf(
      await capture(sqliteType, await captureContext({ path }, { tools: withVersion('3.51.2 2026') })),
    );
    expect(old.summary.warnings).toEqual([
      expect.stringContaining('sqlite 3.51.2 can corrupt databases in WAL mode'),
    ]);
    const mended = valueOf(
      await capture(sqliteType, await captureContext({ path }, { tools: withVersion('3.51.3 2026') })),
    );
    expect(mended.summary.warnings).toEqual([]);
  });

  test('without WAL mode there is no warning', async () => {
    const { path } = await liveDatabase('DELETE', 10);
    const snapshot = valueOf(
      await capture(sqliteType, await captureContext({ path }, { tools: withVersion('3.40.1') })),
    );
    expect(snapshot.summary.warnings).toEqual([]);
  });
});

function withVersion(version: string): Tools {
  return withCommand((command) =>
    command.argv.includes('--version') ? { argv: ['echo', version] } : command,
  );
}

function withCommand(change: (command: Command) => Command): Tools {
  return { ...tools, run: (command, options) => tools.run(change(command), options) };
}

/** Runs every tool where `folder` is mounted read-only. */
function onReadOnlyMount(folder: string): Tools {
  const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
  return withCommand((command) => ({
    ...command,
    argv: ['unshare', '--mount', '--', 'sh', '-c', script, 'sh', folder, ...command.argv],
  }));
}

const noNamespaces = lacks('sqlite3', 'unshare') || lacksAbility('mount a tmpfs in a private namespace');

describe.skipIf(noNamespaces)('a database on a read-only mount', () => {
  test.each(['full', 'schema'] as const)(
    'in WAL mode without a writer: mode %s says what to mount',
    async (mode) => {
      const { path, writer } = await liveDatabase('WAL', 10);
      await writer.close();
      const context = await captureContext({ path }, { mode, tools: onReadOnlyMount(dirname(path)) });
      const failure = failureIn(await capture(sqliteType, context));
      expect(failure.code).toBe('SOURCE_UNREADABLE');
      expect(failure.hint).toContain(`mount ${dirname(path)} read-write`);
      expect(failure.hint).toContain('live.db-wal');
    },
  );

  test('in WAL mode with a writer elsewhere is read through its log', async () => {
    const { path } = await liveDatabase('WAL', 10);
    const context = await captureContext({ path }, { tools: onReadOnlyMount(dirname(path)) });
    expect(counts(valueOf(await capture(sqliteType, context)).files.get('database')!)).toEqual([10, 10]);
  });

  test('without WAL mode is read', async () => {
    const { path } = await liveDatabase('DELETE', 10);
    const context = await captureContext({ path }, { tools: onReadOnlyMount(dirname(path)) });
    expect(counts(valueOf(await capture(sqliteType, context)).files.get('database')!)).toEqual([10, 10]);
  });
});

describe.skipIf(lacks('sqlite3'))('a journal that a crash left', () => {
  test('is not rolled back behind the back of its application', async () => {
    const { path, writer } = await liveDatabase('DELETE', 2_000);
    await writer.run("PRAGMA cache_size=1; BEGIN; UPDATE debit SET text = 'lost';");
    await writer.kill();
    const files = await readdir(dirname(path));
    expect(files).toContain('live.db-journal');
    const failure = failureIn(await capture(sqliteType, await captureContext({ path })));
    expect(failure.code).toBe('SOURCE_UNREADABLE');
    expect(failure.hint).toContain('live.db-journal');
    expect(await readdir(dirname(path))).toEqual(files);
  });
});

describe.skipIf(noNamespaces)('a scratch space without room', () => {
  test('is told as such', async () => {
    const { path } = await liveDatabase('DELETE', 2_000);
    const context = await captureContext({ path });
    const script = 'mount -t tmpfs -o size=64k none "$1" && cd "$1" && shift && exec "$@"';
    const small = withCommand((command) => ({
      ...command,
      argv: ['unshare', '--mount', '--', 'sh', '-c', script, 'sh', context.scratch, ...command.argv],
    }));
    const failure = failureIn(await capture(sqliteType, { ...context, tools: small }));
    expect(failure).toMatchObject({ code: 'TARGET_FULL', message: expect.stringContaining(path) as string });
  });
});
