import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { failure, type Failure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { LoadContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { FILE_NAME } from './capture.ts';
import { ask, connect, type Asking, type Client } from './client.ts';
import { readOptions, type ConnectionOptions } from './options.ts';
import { askServer, countKeys, keysText, type Server } from './server.ts';
import { startSpare, type SpareServer } from './spare-server.ts';

/** Loaded data reaches a server only through the network, so it must know where this machine is. */
export function refusesLoad(options: JsonObject): Failure | undefined {
  const { connection, restore } = readOptions(options, '/');
  if (restore?.address !== undefined || isHere(connection)) return undefined;
  return failure('RESTORE_UNSUPPORTED', 'the plan does not say how the server can reach this machine', {
    hint: 'Set `restore.address`, name the dump of a stopped server as `file`, or restore into a new folder with --to.',
  });
}

function isHere({ socket, host = '127.0.0.1' }: ConnectionOptions): boolean {
  return socket !== undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * A spare server loads the dump, and the running one copies it as a replica: all databases are
 * replaced, whatever it keeps on disk. It takes no writes while it copies.
 */
export async function loadDump(context: LoadContext): Promise<Result<RestoreOutcome>> {
  const { connection, restore } = readOptions(context.options, context.planDirectory);
  const client = await connect(connection, context.secrets);
  if (!client.ok) return client;
  const live = await askServer(context, client.value, 'RESTORE_FAILED');
  if (!live.ok) return live;
  const address = restore?.address ?? '127.0.0.1';
  const settings = await checkLive(context, client.value, live.value);
  if (!settings.ok) return settings;
  const dump = join(context.staging, FILE_NAME);
  const spare = await startSpare(context, { dump, folder: context.scratch, address });
  if (!spare.ok) return spare;
  try {
    const loading = { asking: context, client: client.value, spare: spare.value, address };
    const older = checkVersions(live.value, spare.value.loaded);
    return older === undefined ? await copyInto(loading, settings.value) : failed(older);
  } finally {
    await spare.value.close();
  }
}

/** What is put back once the server has copied. */
interface ReplicaSettings {
  readonly masterauth: string;
  readonly masteruser: string;
}

async function checkLive(asking: Asking, client: Client, live: Server): Promise<Result<ReplicaSettings>> {
  const what = live.isCluster ? 'a node of a cluster' : live.isMaster ? undefined : 'a replica';
  if (what !== undefined) {
    const hint =
      'Restore the server that the others copy from. Where a restore that was killed left it so, run REPLICAOF NO ONE there, and set masterauth anew if it had one.';
    return failed(failure('RESTORE_UNSUPPORTED', `the server at ${client.place} is ${what}`, { hint }));
  }
  const found: Record<string, string> = {};
  for (const name of ['masterauth', 'masteruser', 'tls-replication']) {
    const question = { words: ['CONFIG', 'GET', name], expected: '', code: 'RESTORE_FAILED' as const };
    const answer = await ask(asking, client, question);
    if (!answer.ok) return answer;
    const [key, value = ''] = answer.value.split(/\r?\n/);
    if (key !== name && answer.value !== '') return failed(noConfig(client, answer.value));
    found[name] = value;
  }
  if (found['tls-replication'] === 'yes') {
    const message = `the server at ${client.place} copies over TLS only, and a spare server has no certificate`;
    return failed(failure('RESTORE_UNSUPPORTED', message));
  }
  return ok({ masterauth: found['masterauth'] ?? '', masteruser: found['masteruser'] ?? '' });
}

function noConfig({ place }: Client, toolOutput: string): Failure {
  return failure('RESTORE_UNSUPPORTED', `the server at ${place} does not let its settings be read`, {
    toolOutput,
    hint: 'A restore into a running server needs the commands CONFIG and REPLICAOF.',
  });
}

/** A server reads dumps of older ones, not of newer ones; the spare one sends its own format. */
function checkVersions(live: Server, spare: Server): Failure | undefined {
  const [mine, theirs] = [spare, live].map(({ version }) => version.split('.').map(Number));
  const [major = 0, minor = 0] = theirs ?? [];
  const [ownMajor = 0, ownMinor = 0] = mine ?? [];
  if (ownMajor < major || (ownMajor === major && ownMinor <= minor)) return undefined;
  const message = `the redis-server of this machine (${spare.version}) is newer than the running one (${live.version})`;
  return failure('RESTORE_UNSUPPORTED', message, { hint: 'Restore with --to, and start a newer server.' });
}

interface Loading {
  readonly asking: Asking;
  readonly client: Client;
  readonly spare: SpareServer;
  readonly address: string;
}

async function copyInto(loading: Loading, before: ReplicaSettings): Promise<Result<RestoreOutcome>> {
  const copied = await follow(loading);
  const released = await release(loading, before);
  if (!copied.ok) return copied;
  if (!released.ok) return released;
  const bytes = Number(copied.value.info.get('used_memory') ?? 0);
  return ok({ entries: countKeys(copied.value), bytes, warnings: [] });
}

/** A password is no argument: it goes in by stdin, as a quoted string of redis-cli. */
function setting(name: string, value: string): string {
  return `CONFIG SET ${name} ${JSON.stringify(value)}\n`;
}

async function follow(loading: Loading): Promise<Result<Server>> {
  const { asking, client, spare, address } = loading;
  const input = `${setting('masterauth', spare.password)}${setting('masteruser', '')}REPLICAOF ${address} ${String(spare.port)}\n`;
  const began = await tell(asking, client, { input, commands: 3 });
  if (!began.ok) return began;
  for (let downFor = 0; ;) {
    const live = await askServer(asking, client, 'RESTORE_FAILED');
    if (!live.ok) return live;
    const state = stateOf(live.value);
    if (state === 'copied') return compare(loading);
    downFor = state === 'apart' ? downFor + POLL_MS : 0;
    if (downFor >= APART_LIMIT_MS) return failed(apart(client, address, spare.port));
    await setTimeout(POLL_MS);
  }
}

const POLL_MS = 200;
const APART_LIMIT_MS = 10_000;

function stateOf({ info, isLoading }: Server): 'copied' | 'copies' | 'apart' {
  if (isLoading || info.get('master_sync_in_progress') === '1') return 'copies';
  return info.get('master_link_status') === 'up' ? 'copied' : 'apart';
}

function apart({ place }: Client, address: string, port: number): Failure {
  return failure('RESTORE_FAILED', `the server at ${place} does not reach ${address}:${String(port)}`, {
    hint: 'Set `restore.address` to an address of this machine that the server can connect to.',
  });
}

/** Keys expire on the spare server, and on the other one a moment later: the counts meet, then part again. */
async function compare({ asking, client, spare }: Loading): Promise<Result<Server>> {
  for (let look = 1; ; look++) {
    const [theirs, live] = [
      await askServer(asking, spare.client, 'RESTORE_FAILED'),
      await askServer(asking, client, 'RESTORE_FAILED'),
    ];
    if (!theirs.ok) return theirs;
    if (!live.ok || keysText(live.value) === keysText(theirs.value)) return live;
    if (look === LOOKS) {
      const message = `the server holds ${keysText(live.value)}, the snapshot ${keysText(theirs.value)}`;
      return failed(failure('RESTORE_FAILED', message));
    }
    await setTimeout(POLL_MS);
  }
}

const LOOKS = 50;

/** Also after a failure: a server that goes on to follow one that is gone would take no writes. */
async function release(
  { asking, client }: Loading,
  { masterauth, masteruser }: ReplicaSettings,
): Promise<Result<void>> {
  const input = `REPLICAOF NO ONE\n${setting('masterauth', masterauth)}${setting('masteruser', masteruser)}`;
  const quiet = { ...asking, signal: new AbortController().signal };
  const released = await tell(quiet, client, { input, commands: 3 });
  if (released.ok) return released;
  return failed({
    ...released.failure,
    hint: `Run REPLICAOF NO ONE at ${client.place}: it takes no writes before that.`,
  });
}

/** Each command must be answered with OK, in its order. */
async function tell(
  asking: Asking,
  client: Client,
  { input, commands }: { readonly input: string; readonly commands: number },
): Promise<Result<void>> {
  const question = { words: [], input, expected: 'OK', code: 'RESTORE_FAILED' as const };
  const answer = await ask(asking, client, question);
  if (!answer.ok) return answer;
  const answers = answer.value.split(/\r?\n/).filter((line) => line !== '');
  if (answers.length === commands && answers.every((line) => line.startsWith('OK'))) return ok();
  const message = `the server at ${client.place} did not do as it was told`;
  return failed(failure('RESTORE_FAILED', message, { toolOutput: answer.value }));
}
