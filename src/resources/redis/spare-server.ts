import { randomBytes } from 'node:crypto';
import { link, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { clientFor, type Asking, type Client } from './client.ts';
import { askServer, type Server } from './server.ts';

/** A server of ours with restored data. It reads its settings from stdin and ends with `close`. */
export interface SpareServer {
  readonly client: Client;
  readonly password: string;
  readonly port: number;
  /** As it was once everything had been loaded. */
  readonly loaded: Server;
  close(): Promise<void>;
}

export interface SpareRequest {
  /** The dump, on the file system of `folder`: a link to it is made there. */
  readonly dump: string;
  /** Private folder. */
  readonly folder: string;
  /** Where it listens. */
  readonly address: string;
}

export async function startSpare(
  asking: Asking,
  { dump, folder, address }: SpareRequest,
): Promise<Result<SpareServer>> {
  const password = randomBytes(24).toString('hex');
  const port = await freePort(address);
  if (port === undefined)
    return failed(failure('RESTORE_FAILED', `nothing can listen at ${address} on this machine`));
  const home = join(folder, 'spare');
  await mkdir(home, { mode: 0o700 });
  await link(dump, join(home, 'dump.rdb'));
  const stop = new AbortController();
  const ended = asking.tools.run(
    { argv: ['redis-server', '-'], stdin: settings({ home, password, port, address }) },
    { signal: AbortSignal.any([asking.signal, stop.signal]) },
  );
  const client = clientFor({ host: address, port }, password);
  const close = async (): Promise<void> => {
    stop.abort();
    await ended;
  };
  const loaded = await Promise.race([untilLoaded(asking, client, stop.signal), ended.then(endFailure)]);
  if (loaded.ok) return ok({ client, password, port, loaded: loaded.value, close });
  await close();
  return loaded;
}

interface Settings {
  readonly home: string;
  readonly password: string;
  readonly port: number;
  readonly address: string;
}

/** Nothing secret is an argument or a file. A dump may hold any database, whatever is usual. */
async function* settings({ home, password, port, address }: Settings): AsyncIterable<Uint8Array> {
  const lines = [
    `port ${String(port)}`,
    `bind ${address}`,
    `dir ${home}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'databases 4096',
    'repl-diskless-sync yes',
    'repl-diskless-sync-delay 0',
  ];
  yield await Promise.resolve(Buffer.from(`${lines.join('\n')}\n`));
}

const POLL_MS = 100;

/** A server answers before it listens to its dump: it says that it is loading. */
async function untilLoaded(asking: Asking, client: Client, stop: AbortSignal): Promise<Result<Server>> {
  for (;;) {
    const server = await askServer(asking, client, 'RESTORE_FAILED');
    if (server.ok && !server.value.isLoading) return server;
    if (stop.aborted || asking.signal.aborted) return server;
    await setTimeout(POLL_MS);
  }
}

function endFailure(run: Awaited<ReturnType<Asking['tools']['run']>>): Result<never> {
  if (!run.ok) return run;
  const toolOutput = [run.value.stdout.toString('utf8'), run.value.stderr].join('').trim();
  const why: Failure = failure('RESTORE_FAILED', 'no server could be started with the restored dump', {
    toolOutput,
    hint: 'The redis-server of this machine must be as new as the one that was backed up.',
  });
  return failed(why);
}

function freePort(address: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(0, address, () => {
      const bound = probe.address();
      probe.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : undefined));
    });
  });
}
