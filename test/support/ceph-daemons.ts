import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';

/** A running object store: one monitor, one OSD in memory, one gateway, in a private folder on loopback. */
export interface CephDaemons {
  readonly endpoint: string;
  /** Of the ceph.conf that `radosgw-admin` needs. */
  readonly confPath: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const STEP_MS = 30_000;
const DEFAULT_STORE_BYTES = 4 * 1024 ** 3;

/** About 12 s. `storeBytes` bounds what it can hold; memory is taken as objects come. */
export async function startCephDaemons(storeBytes = DEFAULT_STORE_BYTES): Promise<CephDaemons> {
  const folder = await mkdtemp(join(tmpdir(), 'ceph-'));
  const [v2 = 0, v1 = 0, http = 0] = await freePorts(3);
  const fsid = randomUUID();
  const confPath = join(folder, 'ceph.conf');
  const monitors = `[v2:127.0.0.1:${String(v2)},v1:127.0.0.1:${String(v1)}]`;
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.toReversed().map(kill));
    await rm(folder, { recursive: true, force: true });
  };
  const own = { folder, confPath, fsid, monitors, children };
  try {
    for (const name of ['mon', 'osd', 'run', 'log']) await mkdir(join(folder, name));
    await writeFile(confPath, configuration(own, http, storeBytes));
    await startMonitor(own);
    await startOsd(own);
    await startGateway(own, http);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${String(http)}`, confPath, stop };
}

interface Place {
  readonly folder: string;
  readonly confPath: string;
  readonly fsid: string;
  readonly monitors: string;
  readonly children: ChildProcess[];
}

function configuration({ folder, fsid, monitors }: Place, http: number, storeBytes: number): string {
  const lines = {
    fsid,
    'mon host': monitors,
    'auth cluster required': 'cephx',
    'auth service required': 'cephx',
    'auth client required': 'cephx',
    'public network': '127.0.0.0/8',
    'cluster network': '127.0.0.0/8',
    'ms bind ipv6': 'false',
    'osd pool default size': '1',
    'osd pool default min size': '1',
    'osd pool default pg num': '8',
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': '0',
    'mon allow pool size one': 'true',
    'mon max pg per osd': '1000',
    'mon data avail crit': '1',
    'osd objectstore': 'memstore',
    'memstore device bytes': String(storeBytes),
    'osd class load list': '*',
    'osd class default list': '*',
    keyring: join(folder, 'keyring'),
    'mon data': join(folder, 'mon'),
    'osd data': join(folder, 'osd'),
    'rgw data': join(folder, 'run'),
    'run dir': join(folder, 'run'),
    'log file': join(folder, 'log', '$name.log'),
    'mon cluster log file': join(folder, 'log', 'cluster.log'),
    'admin socket': join(folder, 'run', '$name.asok'),
    'pid file': join(folder, 'run', '$name.pid'),
    'crash dir': join(folder, 'run'),
    'rgw frontends': `beast endpoint=127.0.0.1:${String(http)}`,
    'rgw dynamic resharding': 'false',
    'rgw thread pool size': '64',
    // Keys for the encryption by the store: one, which is called `backups`.
    'rgw crypt require ssl': 'false',
    'rgw crypt s3 kms backend': 'testing',
    'rgw crypt s3 kms encryption keys': `backups=${randomBytes(32).toString('base64')}`,
    // Pages of a listing that end soon let tests of many objects stay small.
    'rgw max listing results': '100',
    // A part of less than 5 MiB lets tests of multipart uploads stay small.
    'rgw multipart min part size': '65536',
  };
  const text = Object.entries(lines).map(([key, value]) => `${key} = ${value}`);
  return ['[global]', ...text, ''].join('\n');
}

async function startMonitor(place: Place): Promise<void> {
  const { folder, fsid, monitors, confPath } = place;
  const keyring = join(folder, 'keyring');
  const capabilities: Readonly<Record<string, readonly string[]>> = {
    'mon.': ['mon', 'allow *'],
    'client.admin': ['mon', 'allow *', 'osd', 'allow *', 'mds', 'allow *', 'mgr', 'allow *'],
    'osd.0': ['mon', 'allow profile osd', 'osd', 'allow *', 'mgr', 'allow profile osd'],
    'client.rgw.a': ['mon', 'allow *', 'osd', 'allow *'],
  };
  const create = ['--create-keyring'];
  for (const [name, pairs] of Object.entries(capabilities)) {
    const caps = pairs.flatMap((word, index) =>
      index % 2 === 0 ? ['--cap', word, pairs[index + 1] ?? ''] : [],
    );
    await run('ceph-authtool', [...create, keyring, '--gen-key', '-n', name, ...caps]);
    create.length = 0;
  }
  const map = join(folder, 'monmap');
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitors, map]);
  await run('ceph-mon', ['-c', confPath, '-i', 'a', '--mkfs', '--monmap', map, '--keyring', keyring]);
  daemon(place, 'ceph-mon', ['-i', 'a']);
  await ceph(place, 'auth', 'import', '-i', keyring);
}

async function startOsd(place: Place): Promise<void> {
  const uuid = randomUUID();
  await ceph(place, 'osd', 'new', uuid, '0');
  // Taking the id in may have replaced the key of the OSD.
  await ceph(place, 'auth', 'import', '-i', join(place.folder, 'keyring'));
  await run('ceph-osd', ['-c', place.confPath, '-i', '0', '--mkfs', '--osd-uuid', uuid]);
  daemon(place, 'ceph-osd', ['-i', '0']);
}

async function startGateway(place: Place, http: number): Promise<void> {
  const gateway = daemon(place, 'radosgw', ['-n', 'client.rgw.a']);
  const deadline = performance.now() + 3 * STEP_MS;
  while (performance.now() < deadline && gateway.exitCode === null) {
    const answers = await fetch(`http://127.0.0.1:${String(http)}/`).then(
      (response) => response.status === 200,
      () => false,
    );
    if (answers) return;
    await delay(100);
  }
  const log = await readFile(join(place.folder, 'log', 'client.rgw.a.log'), 'utf8').catch(() => '');
  throw new Error(`the gateway does not come up: ${log.slice(-2000)}`);
}

/** In the foreground, so that it dies with whoever started it, whatever kills that. */
function daemon({ confPath, children }: Place, program: string, args: readonly string[]): ChildProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, '-f', '-c', confPath, ...args], {
    stdio: 'ignore',
  });
  children.push(child);
  return child;
}

async function ceph({ confPath }: Place, ...args: readonly string[]): Promise<void> {
  await run('ceph', ['-c', confPath, '--connect-timeout', '20', ...args], { timeout: STEP_MS });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
