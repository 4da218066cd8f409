import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../src/domain/json.ts';
import { freePort } from './free-ports.ts';

/** A PostgreSQL server with a data folder, socket and port of its own; `lacks('pg_dump', 'pg_ctlcluster')` says where it cannot run. */
export interface Postgresql {
  /** Folder of its socket. */
  readonly socket: string;
  readonly port: number;
  /** The superuser; peers of the socket are trusted, TCP needs a password. */
  readonly user: 'postgres';
  readonly password: string;
  /** Runs SQL as superuser; gives what it prints, one line a row, columns with `|`. */
  sql(database: string, ...statements: readonly string[]): string;
  createDatabase(name: string, ...statements: readonly string[]): void;
  dropDatabase(name: string): void;
  /** `connection` of a plan, through the socket. */
  connection(database: string): JsonObject;
  /** A session that stays open; it runs the statements and holds what they took. */
  hold(database: string, ...statements: readonly string[]): Promise<{ release(): Promise<void> }>;
  stop(): Promise<void>;
}

/** Debian keeps the programs of a server out of PATH. */
export function serverPrograms(): string {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  return newest === undefined ? '/usr/bin' : join(root, String(newest), 'bin');
}

const USER = 'postgres';
const PASSWORD = 'correct horse battery';

/** `root` may not run a server: another user does. */
const asServer = (): readonly string[] =>
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'] : [];

export async function startPostgresql(settings: readonly string[] = []): Promise<Postgresql> {
  // A short path: that of a socket has at most 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'pg-'));
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const port = await freePort();
  if (process.getuid?.() === 0) await giveToServer(folder);
  run([join(serverPrograms(), 'initdb'), '--pgdata', data, '--no-sync', '--username', USER, '--auth=trust']);
  const lines = ['local all all trust', 'host all all 127.0.0.1/32 scram-sha-256', ''];
  run(['sh', '-c', 'cat > "$0/pg_hba.conf"', data], lines.join('\n'));
  const server = await launch(data, [
    `port=${String(port)}`,
    `unix_socket_directories=${folder}`,
    'listen_addresses=127.0.0.1',
    'fsync=off',
    'max_wal_size=256MB',
    ...settings,
  ]);
  const base = ['psql', '-XqAtw', '-v', 'ON_ERROR_STOP=1', '-h', folder, '-p', String(port), '-U', USER];
  const sql: Postgresql['sql'] = (database, ...statements) =>
    execFileSync(base[0] ?? '', [...base.slice(1), ...statements.flatMap((one) => ['-c', one])], {
      env: { ...process.env, PGDATABASE: database },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  sql('postgres', `ALTER ROLE ${USER} PASSWORD '${PASSWORD}'`);
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  return {
    socket: folder,
    port,
    user: USER,
    password: PASSWORD,
    sql,
    createDatabase(name, ...statements) {
      sql('postgres', `CREATE DATABASE ${quoted(name)} TEMPLATE template0`);
      if (statements.length > 0) sql(name, ...statements);
    },
    dropDatabase: (name) => void sql('postgres', `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`),
    connection: (database) => ({ host: folder, port, user: USER, database }),
    hold: (database, ...statements) => hold(base, database, statements),
    async stop() {
      const exited = once(server, 'exit');
      server.kill('SIGQUIT');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function giveToServer(folder: string): Promise<void> {
  const id = (flag: string) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }));
  await chown(folder, id('-u'), id('-g'));
}

function run([tool = '', ...args]: readonly string[], input = ''): void {
  const [first, ...rest] = [...asServer(), tool, ...args];
  execFileSync(first ?? tool, rest, { input, stdio: ['pipe', 'ignore', 'pipe'], cwd: '/' });
}

async function launch(data: string, settings: readonly string[]): Promise<ChildProcess> {
  const [tool, ...args] = [
    ...asServer(),
    join(serverPrograms(), 'postgres'),
    '-D',
    data,
    ...settings.flatMap((one) => ['-c', one]),
  ];
  const server = spawn(tool ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' });
  const said: string[] = [];
  await new Promise<void>((listening, ended) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (said.length < 50) said.push(line);
      if (line.includes('ready to accept connections')) listening();
    });
    server.once('exit', () => {
      ended(new Error(`postgres did not start: ${said.join('; ')}`));
    });
  });
  return server;
}

async function hold(
  base: readonly string[],
  database: string,
  statements: readonly string[],
): Promise<{ release(): Promise<void> }> {
  const child = spawn(base[0] ?? '', base.slice(1), {
    env: { ...process.env, PGDATABASE: database },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const held = once(createInterface({ input: child.stdout }), 'line');
  child.stdin.write(`${statements.join(';\n')};\n\\echo held\n`);
  await held;
  return {
    async release() {
      child.stdin.end();
      await exited;
    },
  };
}
