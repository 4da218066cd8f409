import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Contender, Timed } from './measure.ts';

/** Keys, a plan and an empty target around one folder of data. */
export interface Workspace {
  readonly folder: string;
  readonly data: string;
  readonly target: string;
  /** Public key files of both recipients. */
  readonly recipients: readonly string[];
  readonly privateKey: string;
  /** Environment of gpg, with both private keys in its keyring. */
  readonly gpg: Readonly<Record<string, string>>;
  readonly backupPlan: (...args: string[]) => Timed;
}

/** Where the backups of a workspace go, instead of into a folder of its own. */
export interface Targets {
  /** Name → keys of the target, as the plan spells them. */
  readonly targets: Readonly<Record<string, unknown>>;
  /** For the resource. */
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const PROGRAM = resolve('dist/bin.js');

export function createWorkspace(folder: string, data: string, elsewhere?: Targets): Workspace {
  mkdirSync(folder, { recursive: true });
  const keys = join(folder, 'keys');
  const target = join(folder, 'target');
  const gpg = { GNUPGHOME: join(folder, 'gnupg') };
  if (!existsSync(keys)) makeKeys(keys, gpg);
  rmSync(target, { recursive: true, force: true });
  const places = elsewhere ?? { targets: { disk: { type: 'filesystem', path: target } } };
  writeFileSync(join(folder, 'backup-plan.yaml'), plan(data, places));
  return {
    folder,
    data,
    target,
    recipients: [join(keys, 'ops.asc'), join(keys, 'escrow.asc')],
    privateKey: join(keys, 'ops.key'),
    gpg,
    backupPlan: (...args) => ({
      argv: ['node', PROGRAM, ...args],
      cwd: folder,
      ...(places.env === undefined ? {} : { env: places.env }),
    }),
  };
}

/** A contender that takes a backup, and sees to it that each run made a snapshot. */
export function taking(workspace: Workspace, mode: 'full' | 'incremental', rounds: number): Contender {
  let before = 0;
  return {
    name: 'backup-plan',
    rounds,
    before: () => {
      before = bundles(workspace).length;
      return Promise.resolve();
    },
    timed: () => workspace.backupPlan('backup', 'data', '--mode', mode),
    after: () => {
      if (bundles(workspace).length !== before + 1) throw new Error(`backup-plan took no ${mode} backup`);
    },
  };
}

/** Every encrypted data object on the target, newest snapshot last. */
export function bundles({ target }: Workspace, ending = '.tar.zst.gpg'): readonly string[] {
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('/data/') && name.endsWith(ending))
    .sort()
    .map((name) => join(target, name));
}

function makeKeys(keys: string, env: Record<string, string>): void {
  mkdirSync(keys, { recursive: true });
  mkdirSync(env['GNUPGHOME'] ?? '', { recursive: true, mode: 0o700 });
  const gpg = (...args: string[]): string =>
    execFileSync('gpg', ['--batch', '--quiet', '--passphrase', '', ...args], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  for (const name of ['ops', 'escrow', 'writer']) {
    const user = `${name}@bench.invalid`;
    gpg('--quick-generate-key', user, 'ed25519', 'cert,sign', 'never');
    const fingerprint = /^fpr:+(\w+):/m.exec(gpg('--with-colons', '--list-keys', user))?.[1] ?? '';
    gpg('--quick-add-key', fingerprint, 'cv25519', 'encr', 'never');
    writeFileSync(join(keys, `${name}.asc`), gpg('--armor', '--export', fingerprint));
    writeFileSync(join(keys, `${name}.key`), gpg('--armor', '--export-secret-keys', fingerprint));
    chmodSync(join(keys, `${name}.key`), 0o600);
  }
}

const SECRETS: Readonly<Record<string, string>> = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };

/** JSON is YAML. */
const plan = (data: string, { targets, limits = {}, env = {} }: Targets): string => `version: 1
name: bench
secrets: ${JSON.stringify(Object.fromEntries(Object.keys(env).map((name) => [SECRETS[name] ?? name, { env: name }])))}
encryption:
  ops:
    recipients: [keys/ops.asc, keys/escrow.asc]
    privateKey: { file: keys/ops.key }
signing:
  keys:
    writer: { key: keys/writer.asc, may: [write, apply, prune] }
  use: { file: keys/writer.key }
state: ${Object.keys(targets)[0] ?? ''}
targets: ${JSON.stringify(targets)}
retention:
  standard: { keep: { last: 10 } }
defaults: { retention: standard, encryption: ops, targets: ${JSON.stringify(Object.keys(targets))} }
resources:
  data:
    type: files
    paths: [${data}]
    limits: ${JSON.stringify(limits)}
    schedule: { full: "0 3 * * 0", incremental: "0 2 * * *" }
`;
