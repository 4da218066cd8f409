import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { CaptureContext } from '../../../src/domain/resource-type.ts';
import { ok, type Result } from '../../../src/domain/result.ts';
import { createArchiveScanner } from '../../../src/resources/postgresql/archive-scanner.ts';
import { postgresqlType } from '../../../src/resources/postgresql/index.ts';
import {
  capture,
  captureContext,
  pipelines,
  readArtifact,
  temporaryFolder,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { startPostgresql, type Postgresql } from '../../support/postgresql.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const START_MS = 60_000;

describe.skipIf(lacks('pg_dump', 'pg_ctlcluster'))('a capture of PostgreSQL', () => {
  let pg: Postgresql;
  beforeAll(async () => {
    pg = await startPostgresql();
    pg.createDatabase(
      'shop',
      'CREATE TABLE items (id serial PRIMARY KEY, name text)',
      "INSERT INTO items (name) SELECT 'item ' || n FROM generate_series(1, 20000) AS n",
      'CREATE TABLE orders (item int REFERENCES items)',
      'CREATE VIEW named AS SELECT name FROM items',
    );
    pg.sql('postgres', "CREATE ROLE reader LOGIN PASSWORD 'reads'", 'GRANT pg_read_all_data TO reader');
  }, START_MS);
  afterAll(() => pg.stop());
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const take = async (
    options: JsonObject = {},
    rest: Partial<CaptureContext> = {},
  ): Promise<Result<PlainSnapshot>> =>
    capture(postgresqlType, await captureContext({ connection: pg.connection('shop'), ...options }, rest));
  const paths = ({ index }: PlainSnapshot) =>
    index.flatMap((line) => (JSON.parse(line.toString()) as { path?: string }).path ?? []);

  test('lists what is in the dump, with the size of the data, and says by what it was made', async () => {
    const snapshot = valueOf(await take());
    expect(paths(snapshot)).toEqual([
      'shop/sequence/public.items_id_seq',
      'shop/table/public.items',
      'shop/table/public.orders',
      'shop/view/public.named',
    ]);
    const [, , items] = snapshot.index.map((line) => JSON.parse(line.toString()) as { size?: number });
    expect(items?.size).toBeGreaterThan(20_000 * 10);
    expect(snapshot.evidence.get('database')).toMatchObject({
      tool: 'pg_dump',
      toolVersion: expect.stringMatching(/^\d+\.\d+/) as string,
      serverVersion: expect.stringMatching(/^\d+\.\d+/) as string,
      completion: 'data of every entry',
    });
  });

  test.each([
    ['schema', false, true],
    ['data', true, false],
  ] as const)('in mode %s has rows: %s, definitions: %s', async (mode, rows, definitions) => {
    const text = (await readArtifact(valueOf(await take({}, { mode })), 'database')).toString('latin1');
    expect(text.includes('item 19999')).toBe(rows);
    expect(text.includes('CREATE VIEW public.named')).toBe(definitions);
  });

  test('of all databases has the roles too', async () => {
    pg.createDatabase('a "b"\n=c', 'CREATE TABLE t (x int)');
    const snapshot = valueOf(await take({ connection: pg.connection('postgres'), databases: 'all' }));
    pg.dropDatabase('a "b"\n=c');
    expect([...snapshot.files.keys()]).toEqual(['database-1', 'database-2', 'database-3', 'globals']);
    expect(paths(snapshot)).toContain('"a ""b""\n=c"/table/public.t');
    expect((await readArtifact(snapshot, 'globals')).toString()).toContain('SCRAM-SHA-256$');
  });

  test('of roles needs a superuser, and says how to do without', async () => {
    pg.sql('shop', 'CREATE ROLE limited LOGIN', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO limited');
    pg.sql('shop', 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO limited');
    const connection = { ...pg.connection('shop'), user: 'limited' };
    const failure = failureIn(await take({ connection, globals: true }));
    expect(failure).toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(failure.hint).toContain('rolePasswords: false');
    const snapshot = valueOf(await take({ connection, globals: true, rolePasswords: false }));
    expect((await readArtifact(snapshot, 'globals')).toString()).not.toContain('SCRAM');
  });

  test('by password over TCP, which is in no command line', async () => {
    const connection = { ...pg.connection('shop'), host: '127.0.0.1', user: 'reader', password: 'pw' };
    const seen = await recordArguments();
    const secrets = { read: () => Promise.resolve(ok('reads')) };
    valueOf(await take({ connection }, { secrets }));
    expect(await readFile(seen, 'utf8')).not.toContain('reads');
    const wrong = { read: () => Promise.resolve(ok('wrong')) };
    expect(failureIn(await take({ connection }, { secrets: wrong }))).toMatchObject({
      code: 'SOURCE_DENIED',
      message: expect.stringContaining('password authentication failed') as string,
    });
  });

  test('only of what is included, and not of what is excluded', async () => {
    const some = valueOf(await take({ include: { tables: ['public.i*'] } }));
    expect(paths(some)).not.toContain('shop/table/public.orders');
    const less = valueOf(await take({ exclude: { data: ['items'] } }));
    expect(paths(less)).toContain('shop/table/public.items');
    expect((await readArtifact(less, 'database')).includes('item 19999')).toBe(false);
  });

  test('a table that is included and missing fails: pg_dump skips it', async () => {
    const failure = failureIn(await take({ include: { tables: ['items', 'missing'] } }));
    expect(failure).toMatchObject({ code: 'SOURCE_MISSING' });
    expect(failure.message).toContain('no matching tables were found for pattern "missing"');
  });

  test('rows that row security hides fail it: half of them would be dumped', async () => {
    pg.createDatabase(
      'secured',
      'CREATE TABLE t AS SELECT n FROM generate_series(1, 100) AS n',
      'ALTER TABLE t ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY half ON t USING (n <= 50)',
    );
    const failure = failureIn(await take({ connection: { ...pg.connection('secured'), user: 'reader' } }));
    pg.dropDatabase('secured');
    expect(failure.code).toBe('SOURCE_UNREADABLE');
    expect(failure.message).toContain('row-level security policy for table "t"');
    expect(failure.hint).toContain('BYPASSRLS');
  });

  test('a role that may not read fails it', async () => {
    pg.sql('postgres', 'CREATE ROLE nobody LOGIN');
    const failure = failureIn(await take({ connection: { ...pg.connection('shop'), user: 'nobody' } }));
    expect(failure.code).toBe('SOURCE_UNREADABLE');
    expect(failure.message).toContain('permission denied for');
  });

  test('a lock that is not released ends it in time', async () => {
    const holder = await pg.hold('shop', 'BEGIN', 'LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
    const failure = failureIn(await take({ lockTimeout: '1s' }));
    await holder.release();
    expect(failure.code).toBe('TOOL_TIMEOUT');
    expect(failure.hint).toContain('lockTimeout');
  });

  test('a database that has no tables fails it, unless that is allowed', async () => {
    const connection = pg.connection('postgres');
    expect(failureIn(await take({ connection }))).toMatchObject({
      code: 'SOURCE_EMPTY',
      message: 'postgres has no tables',
    });
    valueOf(await take({ connection }, { guards: { allowEmpty: true, maxDrop: 0.5 } }));
  });

  test('a database that shrank, or is smaller than the plan says, fails it', async () => {
    const previous = { rawBytes: 10_000_000, entries: 4 };
    expect(failureIn(await take({}, { previous })).message).toMatch(/the previous snapshot had 10000000$/);
    const guards = { allowEmpty: false, maxDrop: 1, minSizeBytes: 1_000_000_000 };
    expect(failureIn(await take({}, { guards })).message).toMatch(/source.minSize is 1000000000$/);
  });

  test('a database or a server that is not there is told apart', async () => {
    expect(failureIn(await take({ connection: pg.connection('missing') }))).toMatchObject({
      code: 'SOURCE_MISSING',
    });
    const connection = { host: '127.0.0.1', port: 1, database: 'shop' };
    const failure = failureIn(await take({ connection }));
    expect(failure.code).toBe('SOURCE_UNREACHABLE');
    expect(failure.message).toContain('Connection refused');
  });

  test('a client that is older than the server is refused before anything is dumped', async () => {
    await putFirst('pg_dump', 'echo "pg_dump (PostgreSQL) 11.22 (Debian 11.22-1)"');
    const failure = failureIn(await take());
    expect(failure.code).toBe('VERSION_SKEW');
    expect(failure.message).toMatch(/^pg_dump 11.22 is older than the server, \d+/);
  });

  test.each([
    ['half of the data', 'head -c 200000'],
    ['everything but the last byte', 'head -c -1'],
    ['only its head', 'head -c 5000'],
    ['nothing', 'head -c 0'],
  ])('a dump of which %s came is refused, though pg_dump exits 0', async (_what, cut) => {
    const real = (await realTool('pg_dump')) ?? '';
    await putFirst('pg_dump', `[ "$1" = --version ] && exec "${real}" "$@"; "${real}" "$@" | ${cut}`);
    expect(failureIn(await take()).code).toBe('INCOMPLETE_OUTPUT');
  });

  test('a dump is read the same however its bytes come, and no beginning of it is a whole one', async () => {
    const bytes = await readArtifact(valueOf(await take()), 'database');
    const scan = (text: Buffer, size: number) => {
      const scanner = createArchiveScanner();
      for (let at = 0; at < text.length; at += size) scanner.push(text.subarray(at, at + size));
      return { flaw: scanner.flaw(), sizes: [...scanner.sizes()] };
    };
    const whole = scan(bytes, bytes.length);
    expect(whole.flaw).toBeUndefined();
    for (const size of [1, 7, 4093]) expect(scan(bytes, size)).toEqual(whole);
    for (let cut = 1; cut < bytes.length; cut += 9973)
      expect([cut, scan(bytes.subarray(0, cut), 65_536).flaw]).toEqual([cut, expect.any(String)]);
    expect(scan(Buffer.concat([bytes, Buffer.from([7])]), 65_536).flaw).toBeDefined();
    const newer = Buffer.from(bytes);
    newer[6] = 99;
    expect(scan(newer, 65_536).flaw).toBe('its format 1.99 is not known to this release');
  });

  test('a backend that is terminated in the middle fails it', async () => {
    // More than all buffers between the server and the sink hold.
    pg.createDatabase('large', 'CREATE TABLE t AS SELECT repeat($$x$$, 1000) FROM generate_series(1, 10000)');
    const context = await captureContext({ connection: pg.connection('large') });
    const session = valueOf(await postgresqlType.open(context));
    const [artifact] = session.artifacts;
    if (artifact === undefined) throw new Error('no artifact');
    let terminated = false;
    const ended = await pipelines.run({
      source: artifact.source,
      stages: [],
      sink: {
        kind: 'bytes',
        async consume(bytes) {
          for await (const chunk of bytes) {
            if (chunk.length > 0 && !terminated) {
              pg.sql(
                'postgres',
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'large'",
              );
            }
            terminated = true;
          }
          return ok();
        },
      },
      signal: context.signal,
    });
    const { source } = valueOf(ended);
    const settled = await artifact.settle(source === undefined ? {} : { command: source });
    expect(failureIn(settled)).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(failureIn(settled).toolOutput).toMatch(/terminating connection|server closed the connection/);
  });
});

async function realTool(name: string): Promise<string | undefined> {
  const { tools } = await import('../../support/plain-snapshot.ts');
  return tools.find(name);
}

/** A program of this name in front of the real one. */
async function putFirst(name: string, script: string): Promise<void> {
  const folder = join(await temporaryFolder(), 'bin');
  await mkdir(folder);
  await writeFile(join(folder, name), `#!/bin/bash\n${script}\n`);
  await chmod(join(folder, name), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
}

/** From now on pg_dump and psql write down what they were given; gives the file. */
async function recordArguments(): Promise<string> {
  const seen = join(await temporaryFolder(), 'seen');
  for (const name of ['pg_dump', 'psql']) {
    const real = (await realTool(name)) ?? '';
    await putFirst(name, `echo "$0 $*" >>'${seen}'; exec "${real}" "$@"`);
  }
  return seen;
}
