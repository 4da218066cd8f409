import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-ports.ts';

/** A Redis server on loopback with a folder of its own; `lacks('redis-cli', 'redis-server')` says where it cannot run. */
export interface RedisServer {
  readonly port: number;
  readonly socket: string;
  /** Where it keeps what it writes. */
  readonly folder: string;
  /** One command, and what the server says to it. */
  tell(...words: readonly string[]): string;
  /** Keys of one database with what they hold, as text. */
  content(database?: number): string;
  start(): Promise<void>;
  /** As `systemctl stop`: it saves what it is told to save. */
  stop(): Promise<void>;
  kill(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RedisSetup {
  readonly password?: string;
  /** Lines of redis.conf. */
  readonly config?: readonly string[];
  /** Reachable by its socket alone, and reaching nobody: it has a network of its own (as root alone). */
  readonly isolated?: boolean;
}

export async function startRedis({
  password,
  config = [],
  isolated = false,
}: RedisSetup = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const env = { ...process.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
  const lines = [
    `port ${String(port)}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `unixsocket ${join(folder, 'socket')}`,
    'save ""',
    'repl-diskless-sync-delay 0',
    ...(password === undefined ? [] : [`requirepass ${password}`]),
    ...config,
  ];
  let child: ChildProcess | undefined;
  const cli = (...words: readonly string[]): string =>
    execFileSync('redis-cli', ['-s', join(folder, 'socket'), ...words], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  const start = async (): Promise<void> => {
    child = await launch(isolated ? ['unshare', '-n'] : [], lines);
  };
  const kill = (): void => {
    child?.kill('SIGKILL');
  };
  await start();
  return {
    port,
    socket: join(folder, 'socket'),
    folder,
    tell: cli,
    content: (database = 0) => cli('-n', String(database), 'EVAL', CONTENT, '0'),
    start,
    kill,
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(under: readonly string[], lines: readonly string[]): Promise<ChildProcess> {
  const [program = 'redis-server', ...rest] = [...under, 'redis-server', '-'] as readonly string[];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(`${lines.join('\n')}\n`);
  const said: string[] = [];
  const output = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    output.on('line', (line) => {
      said.push(line);
      if (line.includes('Ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(`redis-server ended:\n${said.join('\n')}`)));
  });
  return child;
}

/** Each key with the digest of its serialised value. */
const CONTENT = `
local lines = {}
for _, key in ipairs(redis.call('keys', '*')) do
  lines[#lines + 1] = key .. ' ' .. redis.sha1hex(redis.call('dump', key))
end
table.sort(lines)
return table.concat(lines, '\\n')`;
