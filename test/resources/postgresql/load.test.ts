import { delimiter, join } from 'node:path';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Via } from '../../../src/domain/plan.ts';
import type { LoadContext, RestoreOutcome } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { postgresqlType } from '../../../src/resources/postgresql/index.ts';
import { openTransport } from '../../../src/transport/transport.ts';
import { createContainers } from '../../support/containers.ts';
import {
  capture,
  captureContext,
  loadSnapshot,
  readArtifact,
  restore,
  temporaryFolder,
  tools,
  type PlainSnapshot,
} from '../../support/plain-snapshot.ts';
import { startPostgresql, type Postgresql } from '../../support/postgresql.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const START_MS = 60_000;

/** Names that a shell, an option parser or SQL would take apart. */
const AWKWARD = 'a "b"; DROP\n--=c\'d\\ü';

const SCHEMA = [
  'CREATE SCHEMA "Sales"',
  'CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE)',
  "INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 500) AS n",
  'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, buyer int REFERENCES users, note text)',
  "INSERT INTO orders (buyer, note) SELECT n, E'tab\\t and \\\\ line\\n' || n FROM generate_series(1, 300) AS n",
  'CREATE VIEW buyers AS SELECT DISTINCT name FROM users JOIN orders ON buyer = users.id',
  'CREATE TABLE "Sales"."We ""ird.table/x" ("Ö" bytea)',
  `INSERT INTO "Sales"."We ""ird.table/x" VALUES ('\\x00ff0a5c')`,
  'CREATE TABLE events (at date NOT NULL, what text) PARTITION BY RANGE (at)',
  "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  "INSERT INTO events VALUES ('2026-05-01', 'one')",
  "SELECT lo_from_bytea(4711, 'large \\001 object')",
];

/** Everything of a database that a restore must give back, as text. */
function contentsOf(pg: Postgresql, database: string): string {
  return pg.sql(
    database,
    'SELECT * FROM users ORDER BY id',
    'SELECT * FROM orders ORDER BY id',
    'SELECT * FROM "Sales"."We ""ird.table/x"',
    'SELECT * FROM events',
    'SELECT count(*) FROM buyers',
    "SELECT last_value FROM users_id_seq, LATERAL (SELECT pg_get_serial_sequence('orders', 'id')) AS s",
    "SELECT encode(lo_get(4711), 'hex')",
    'SELECT conname FROM pg_constraint WHERE conrelid::regclass::text ~ $$users|orders$$ ORDER BY 1',
  );
}

describe.skipIf(lacks('pg_dump', 'pg_ctlcluster'))('a load into PostgreSQL', () => {
  let pg: Postgresql;
  let snapshot: PlainSnapshot | undefined;
  let before: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dump-'));
    pg = await startPostgresql();
    pg.createDatabase('pristine', ...SCHEMA);
    before = contentsOf(pg, 'pristine');
  }, START_MS);
  afterAll(async () => {
    await pg.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    pg.dropDatabase(AWKWARD);
    pg.sql('postgres', `CREATE DATABASE "${AWKWARD.replaceAll('"', '""')}" TEMPLATE pristine`);
    snapshot ??= await kept(await take());
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const take = async (options: JsonObject = {}): Promise<PlainSnapshot> =>
    valueOf(
      await capture(postgresqlType, await captureContext({ connection: pg.connection(AWKWARD), ...options })),
    );

  /** One snapshot serves all tests: a dump takes longer than a load. */
  const kept = async (taken: PlainSnapshot): Promise<PlainSnapshot> => {
    const path = join(folder, 'database');
    await writeFile(path, await readArtifact(taken, 'database'));
    return { ...taken, files: new Map([['database', path]]) };
  };

  /** Stages, then loads, as the engine does. */
  const load = async (
    rest: Partial<LoadContext> & { readonly from?: PlainSnapshot; readonly plan?: JsonObject } = {},
  ): Promise<Result<RestoreOutcome>> => {
    const { from = dump(), plan = {}, only = [], ...given } = rest;
    const staged = await restore(postgresqlType, from, { only });
    if (!staged.result.ok) return staged.result;
    const options = { connection: pg.connection(AWKWARD), ...plan };
    return loadSnapshot(postgresqlType, from, { options, only, staging: staged.staging, ...given });
  };

  const dump = (): PlainSnapshot => {
    if (snapshot === undefined) throw new Error('no snapshot was taken');
    return snapshot;
  };

  const wreck = (): void => {
    pg.sql(
      AWKWARD,
      'DROP TABLE orders CASCADE',
      'DELETE FROM users WHERE id > 10',
      'UPDATE users SET name = upper(name)',
      'ALTER SEQUENCE users_id_seq RESTART',
      'TRUNCATE events',
      'SELECT lo_unlink(4711)',
    );
  };

  test.each([1, 2])('gives back what was there, with %i jobs', async (jobs) => {
    wreck();
    const outcome = valueOf(await load({ plan: { restore: { jobs } } }));
    expect(outcome.warnings).toEqual([]);
    expect(contentsOf(pg, AWKWARD)).toBe(before);
  });

  test('under a new name leaves the old one alone', async () => {
    const name = 'copy of "a"';
    const map = [{ from: AWKWARD, to: name }];
    wreck();
    const wrecked = pg.sql(AWKWARD, 'SELECT * FROM users');
    valueOf(await load({ map }));
    expect(contentsOf(pg, name)).toBe(before);
    expect(pg.sql(AWKWARD, 'SELECT * FROM users')).toBe(wrecked);
    expect(failureIn(await load({ map }))).toMatchObject({ code: 'DESTINATION_REFUSED' });
    pg.dropDatabase(name);
    expect(failureIn(await load({ map: [{ from: 'other', to: name }] })).code).toBe('NOT_FOUND');
  });

  test('under a new name that fails leaves no database behind', async () => {
    pg.sql(AWKWARD, 'CREATE ROLE passing', 'ALTER TABLE events OWNER TO passing');
    const from = await take();
    pg.sql(AWKWARD, 'REASSIGN OWNED BY passing TO postgres', 'DROP ROLE passing');
    const failure = failureIn(await load({ from, map: [{ from: AWKWARD, to: 'half' }] }));
    expect(failure.message).toMatch(/half is dropped again$/);
    expect(pg.sql('postgres', "SELECT count(*) FROM pg_database WHERE datname = 'half'")).toBe('0\n');
  });

  test('makes a database that is gone', async () => {
    pg.dropDatabase(AWKWARD);
    valueOf(await load());
    expect(contentsOf(pg, AWKWARD)).toBe(before);
  });

  /** Stands in the way of what is replaced. */
  const NEWER = [
    'CREATE TABLE newer (buyer int REFERENCES users)',
    "CREATE TYPE mood AS ENUM ('good')",
    "CREATE FUNCTION newest(users) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'CREATE VIEW richer AS SELECT *, newest(users) FROM users',
  ];

  test.each([1, 2])('drops what the snapshot does not have, with %i jobs, and says so', async (jobs) => {
    wreck();
    pg.sql(AWKWARD, ...NEWER);
    const { warnings } = valueOf(await load({ plan: { restore: { jobs } } }));
    const dropped = warnings[0]
      ?.replace(/^.* had /s, '')
      .replace(/, which.*/, '')
      .split(', ')
      .sort();
    expect(dropped).toEqual(['public.mood', 'public.newer', 'public.newest', 'public.richer']);
    expect(contentsOf(pg, AWKWARD)).toBe(before);
    expect(pg.sql(AWKWARD, "SELECT to_regclass('newer'), to_regtype('mood'), to_regproc('newest')")).toBe(
      '||\n',
    );
  });

  test.each([
    ['without', []],
    ['with', NEWER],
  ])('that fails leaves everything as it was, %s newer things', async (_what, newer) => {
    pg.sql(AWKWARD, 'CREATE ROLE keeper', 'ALTER TABLE events OWNER TO keeper');
    const from = await take();
    pg.sql(
      AWKWARD,
      'REASSIGN OWNED BY keeper TO postgres',
      'DROP ROLE keeper',
      'DELETE FROM orders',
      ...newer,
    );
    const failure = failureIn(await load({ from }));
    expect(failure.code).toBe('RESTORE_FAILED');
    expect(failure.message).toMatch(/role "keeper" does not exist; .* is as it was$/s);
    expect(pg.sql(AWKWARD, 'SELECT count(*) FROM orders')).toBe('0\n');
    if (newer.length > 0) expect(pg.sql(AWKWARD, 'SELECT count(*) FROM newer')).toBe('0\n');
    const jobs = failureIn(await load({ from, plan: { restore: { jobs: 2 } } }));
    expect(jobs.message).toMatch(/ is restored in part$/);
  });

  test('of which pg_restore dies half-way is rolled back, though psql exits 0', async () => {
    pg.sql(AWKWARD, ...NEWER, 'DELETE FROM orders');
    const real = (await tools.find('pg_restore')) ?? '';
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'pg_restore'), `#!/bin/sh\n"${real}" "$@" | head -c 9000; exit 1\n`, {
      mode: 0o755,
    });
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
    expect(failureIn(await load()).code).toBe('RESTORE_FAILED');
    expect(pg.sql(AWKWARD, 'SELECT count(*) FROM orders', 'SELECT count(*) FROM newer')).toBe('0\n0\n');
  });

  test('that lacks a role fails, unless owners are left out', async () => {
    pg.sql(AWKWARD, 'CREATE ROLE shopkeeper', 'ALTER TABLE orders OWNER TO shopkeeper');
    const from = await take();
    pg.sql(AWKWARD, 'REASSIGN OWNED BY shopkeeper TO postgres', 'DROP ROLE shopkeeper');
    expect(failureIn(await load({ from })).hint).toContain('noOwner');
    valueOf(await load({ from, plan: { restore: { noOwner: true } } }));
  });

  describe('of one table', () => {
    test('brings it back with what stands on it, and leaves the others alone', async () => {
      pg.sql(
        AWKWARD,
        'DELETE FROM orders',
        'DELETE FROM users',
        "INSERT INTO events VALUES ('2026-06-01', 'two')",
      );
      const outcome = valueOf(await load({ only: ['public.users'] }));
      expect(outcome.warnings).toEqual([]);
      expect(pg.sql(AWKWARD, 'SELECT count(*) FROM users')).toBe('500\n');
      expect(pg.sql(AWKWARD, 'SELECT count(*) FROM events')).toBe('2\n');
      expect(pg.sql(AWKWARD, 'SELECT count(*) FROM buyers')).toBe('0\n');
      const foreign =
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'users'::regclass";
      expect(pg.sql(AWKWARD, foreign)).toBe('1\n');
    });

    test('also where it is gone, with its sequence', async () => {
      pg.sql(AWKWARD, 'DROP TABLE users CASCADE');
      valueOf(await load({ only: ['public.users'] }));
      expect(contentsOf(pg, AWKWARD)).toBe(before);
    });

    test('with partitions brings these too', async () => {
      pg.sql(AWKWARD, 'DELETE FROM events');
      valueOf(await load({ only: ['public.events'] }));
      expect(contentsOf(pg, AWKWARD)).toBe(before);
    });

    test('with a name of any characters', async () => {
      pg.sql(AWKWARD, 'TRUNCATE "Sales"."We ""ird.table/x"');
      valueOf(await load({ only: ['"Sales"."We ""ird.table/x"'] }));
      expect(contentsOf(pg, AWKWARD)).toBe(before);
    });

    test('that the new rows of another table contradict leaves everything as it was', async () => {
      pg.sql(
        AWKWARD,
        "INSERT INTO users (id, name) VALUES (9000, 'new')",
        'INSERT INTO orders (buyer) VALUES (9000)',
      );
      expect(failureIn(await load({ only: ['public.users'] })).toolOutput).toContain('violates foreign key');
      expect(pg.sql(AWKWARD, 'SELECT count(*) FROM users')).toBe('501\n');
    });

    test('that the snapshot does not have says so', async () => {
      expect(failureIn(await load({ only: ['public.missing'] })).code).toBe('NOT_FOUND');
    });
  });

  test('to a folder gives a file that pg_restore reads, whatever the name of the database', async () => {
    const { staging, result } = await restore(postgresqlType, dump());
    valueOf(result);
    const [file, ...others] = await readdir(staging);
    expect([file, others]).toEqual(['a%20%22b%22%3B%20DROP%0A--%3Dc%27d%5C%C3%BC.dump', []]);
  });

  test.each(['schema', 'data'] as const)('of a %s snapshot is refused', async (mode) => {
    const options = { connection: pg.connection(AWKWARD) };
    const from = valueOf(await capture(postgresqlType, await captureContext(options, { mode })));
    expect(failureIn(await load({ from })).code).toBe('RESTORE_UNSUPPORTED');
  });

  test('goes through a container, by copies that do not stay there', async () => {
    const containers = await createContainers();
    vi.stubEnv('PATH', `${containers.binDirectory}${delimiter}${process.env['PATH'] ?? ''}`);
    wreck();
    const via: Via = { docker: 'shop-db' };
    const signal = new AbortController().signal;
    const transport = valueOf(
      await openTransport(via, { tools, environment: {}, planDirectory: '/', signal }),
    );
    valueOf(await load({ tools: transport.tools }));
    expect(contentsOf(pg, AWKWARD)).toBe(before);
    const context = await captureContext({ connection: pg.connection(AWKWARD) }, { tools: transport.tools });
    const session = transport.session(valueOf(await postgresqlType.open(context)));
    const again = valueOf(
      await capture(
        { ...postgresqlType, open: () => Promise.resolve({ ok: true, value: session }) },
        context,
      ),
    );
    expect(again.evidence.get('database')?.completion).toBe('data of every entry');
    expect((await containers.calls()).length).toBeGreaterThan(3);
    await containers.close();
  });
});
