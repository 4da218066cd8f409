import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContainers, type Containers } from '../support/containers.ts';
import { startPostgresql, type Postgresql } from '../support/postgresql.ts';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

const START_MS = 90_000;

describe.skipIf(lacks('gpg', 'pg_ctlcluster', 'pg_dump', 'zstd'))('a database in a container', () => {
  let pg: Postgresql;
  let containers: Containers;
  let workspace: Workspace;
  beforeAll(async () => {
    [pg, containers] = await Promise.all([startPostgresql(), createContainers()]);
    pg.createDatabase('shop', 'CREATE TABLE items (id int PRIMARY KEY, name text)');
    pg.sql('shop', "INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 1000) AS n");
    workspace = await createWorkspace({
      secrets: { pg: { env: 'PG_PASSWORD' } },
      encryption: {
        default: {
          recipients: ['keys/operations.asc', 'keys/escrow.asc'],
          privateKey: { file: '../private/operations.key' },
        },
      },
      resources: {
        shop: {
          type: 'postgresql',
          connection: { ...pg.connection('shop'), host: '127.0.0.1', password: 'pg' },
          via: { docker: 'shop-db' },
        },
      },
    });
  }, START_MS);
  afterAll(async () => {
    await pg.stop();
    await containers.close();
    await workspace[Symbol.asyncDispose]();
  });

  const run = async (...args: readonly string[]) => {
    const env = { PG_PASSWORD: pg.password };
    const result = await workspace.run(args, { tools: containers.binDirectory, env });
    expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    return result;
  };
  const names = () => pg.sql('shop', 'SELECT count(*), max(name) FROM items');

  it('is dumped there, restored there, and goes back', { timeout: START_MS }, async () => {
    await run('apply', '--yes');
    pg.sql('shop', "UPDATE items SET name = 'spoilt'", 'CREATE TABLE newer (x int)');
    const spoilt = names();
    const restored = await run('restore', 'shop', '--in-place', '--force', '--json');
    expect(names()).toBe('1000|item 999\n');
    expect(pg.sql('shop', "SELECT to_regclass('newer')")).toBe('\n');
    const undoable = lastJson<{ restores: readonly { restoreId: string }[] }>(await run('undo', '--json'));
    await run('undo', undoable.restores[0]?.restoreId ?? '');
    expect(names()).toBe(spoilt);
    expect(pg.sql('shop', "SELECT to_regclass('newer')")).toBe('newer\n');
    await run('restore', 'shop', '--in-place', '--map', 'shop=copy');
    // Not what the restore saved of the spoilt one, although that is newer.
    expect(pg.sql('copy', 'SELECT count(*), max(name) FROM items')).toBe('1000|item 999\n');
    const refused = await workspace.run(['restore', 'shop', '--to', '../out', '--map', 'shop=other']);
    expect([refused.exitCode, refused.stderr]).toEqual([64, expect.stringContaining('it needs --in-place')]);
    const calls = await containers.calls();
    const tools = ['pg_dump', 'psql', 'pg_restore'].filter((tool) =>
      calls.some((argv) => argv.includes(tool)),
    );
    expect(tools).toEqual(['pg_dump', 'psql', 'pg_restore']);
    expect(JSON.stringify([calls, restored])).not.toContain(pg.password);
  });
});
