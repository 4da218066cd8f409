import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-ports.ts';
import type { JsonObject } from '../../src/domain/json.ts';

/** OpenSSH's server on loopback with keys, port and folder of its own; `lacks('sshd', 'ssh-keygen')` says where it cannot run. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** As the plan pins it: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** A private key that the server accepts; 0600. */
  readonly identityFile: string;
  /** The directory of this machine in which `path` of the options starts. */
  readonly folder: string;
  /** A private directory for the test's own files, gone with the server. */
  readonly scratch: string;
  /** Options of a target in a folder below; `rest` overrides. */
  options(path: string, rest?: JsonObject): JsonObject;
  /** One more user key pair, accepted from now on; returns the path of its private half. */
  addKey(name: string, passphrase: string): Promise<string>;
  /** Kills every session with SIGKILL; the server goes on. */
  killSessions(): void;
  /** Number of connections that have logged in or are about to. */
  sessions(): number;
  /** From now on another host key on the same port. Returns it as the plan would pin it. */
  changeHostKey(): Promise<string>;
  stop(): Promise<void>;
}

export interface SshdSetup {
  /** Sessions see only their folder (as root alone). */
  readonly chroot?: boolean;
  /** Where its folders lie; the temporary folder of this machine where absent. */
  readonly parent?: string;
  /** Who logs in; the user of this process where absent. */
  readonly user?: string;
  /** Lines before the others of sshd_config. */
  readonly config?: readonly string[];
  /** Sessions may run commands, not only sftp. */
  readonly commands?: boolean;
  /** Arguments of internal-sftp, e.g. to refuse requests. */
  readonly subsystem?: readonly string[];
}

const SSHD = '/usr/sbin/sshd';

export async function startSshd(setup: SshdSetup = {}): Promise<Sshd> {
  // Every folder above a chroot must belong to root and be closed to others, which /tmp is not.
  const scratch = await mkdtemp(
    join(setup.parent ?? (setup.chroot === true ? '/var/lib' : tmpdir()), 'sshd-'),
  );
  await chmod(scratch, 0o755);
  const folder = join(scratch, setup.chroot === true ? 'jail' : 'home');
  await mkdir(folder, { mode: 0o755 });
  makeKey(join(scratch, 'host'), '');
  makeKey(join(scratch, 'id'), '');
  await writeFile(join(scratch, 'authorized'), await readFile(join(scratch, 'id.pub')), { mode: 0o644 });
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  await writeFile(join(scratch, 'sshd_config'), configLines(scratch, port, setup).join('\n'));
  let server = await launch(scratch);
  const hostKey = async (): Promise<string> =>
    (await readFile(join(scratch, 'host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
  const user = setup.user ?? userInfo().username;
  const pinned = await hostKey();
  return {
    port,
    user,
    hostKey: pinned,
    identityFile: join(scratch, 'id'),
    folder,
    scratch,
    options: (path, rest = {}) => ({
      host: '127.0.0.1',
      port,
      user,
      path: setup.chroot === true ? `/${path}` : join(folder, path),
      hostKey: pinned,
      identityFile: join(scratch, 'id'),
      ...rest,
    }),
    addKey: (name, passphrase) => addKey(scratch, name, passphrase),
    killSessions: () => {
      for (const pid of descendants(server.pid)) kill(pid);
    },
    sessions: () => childrenOf(server.pid ?? 0).length,
    changeHostKey: async () => {
      makeKey(join(scratch, 'other'), '');
      await end(server);
      await rename(join(scratch, 'other'), join(scratch, 'host'));
      await rename(join(scratch, 'other.pub'), join(scratch, 'host.pub'));
      server = await launch(scratch);
      return hostKey();
    },
    stop: async () => {
      await end(server);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function configLines(scratch: string, port: number, setup: SshdSetup): string[] {
  const jail = setup.chroot === true ? [`ChrootDirectory ${join(scratch, 'jail')}`] : [];
  return [
    ...(setup.config ?? []),
    `Port ${String(port)}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(scratch, 'host')}`,
    `AuthorizedKeysFile ${join(scratch, 'authorized')}`,
    'PidFile none',
    'UsePAM no',
    'UseDNS no',
    'StrictModes no',
    'PermitRootLogin yes',
    'MaxStartups 200',
    `Subsystem sftp internal-sftp ${(setup.subsystem ?? []).join(' ')}`,
    ...(setup.commands === true ? [] : [`ForceCommand internal-sftp ${(setup.subsystem ?? []).join(' ')}`]),
    ...jail,
    '',
  ];
}

async function launch(scratch: string): Promise<ChildProcess> {
  const child = spawn(SSHD, ['-D', '-e', '-f', join(scratch, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  await new Promise<void>((listening, ended) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('Server listening on')) listening();
    });
    child.once('exit', () => {
      ended(new Error(`sshd did not start: ${said.join('; ')}`));
    });
  });
  return child;
}

async function end(server: ChildProcess): Promise<void> {
  const exited = once(server, 'exit');
  const sessions = descendants(server.pid);
  server.kill('SIGKILL');
  for (const pid of sessions) kill(pid);
  await exited;
}

async function addKey(scratch: string, name: string, passphrase: string): Promise<string> {
  const path = join(scratch, name);
  makeKey(path, passphrase);
  await writeFile(join(scratch, 'authorized'), await readFile(`${path}.pub`), { flag: 'a' });
  return path;
}

function makeKey(path: string, passphrase: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path]);
}

function descendants(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).flatMap((task) =>
      readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended by itself meanwhile.
  }
}
