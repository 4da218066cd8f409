import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { startHttpFaultProxy, type HttpFaultProxy } from '../support/http-fault-proxy.ts';
import { lacks } from '../support/requires.ts';
import { startSshd, type Sshd } from '../support/sshd.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { contentOf, type RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource, recordsIn, type Workspace } from './support/workspace.ts';

interface Copied extends RunDocument {
  readonly copies: readonly { readonly target: string; readonly state: string }[];
}

interface VerifyDocument {
  readonly checks: readonly { readonly result: string }[];
  readonly problems: readonly { readonly target: string; readonly code: string }[];
}

const NAMES = ['disk', 'server', 'bucket'] as const;
type Name = (typeof NAMES)[number];

const isLacking = lacksCeph() || lacks('sshd', 'ssh-keygen', 'zstd');

describe.skipIf(isLacking)('one plan with three kinds of store', () => {
  let ceph: Ceph;
  let sshd: Sshd;
  let proxy: HttpFaultProxy;
  let Bucket: string;
  let workspace: Workspace;

  const recordsOn: Readonly<Record<Name, () => Promise<readonly string[]>>> = {
    disk: () => recordsIn(workspace.backups),
    server: () => recordsIn(join(sshd.folder, 'place')),
    bucket: async () => {
      const { Contents = [] } = await ceph.adminClient.listObjectsV2({ Bucket });
      return Contents.map(({ Key = '' }) => Key).filter((key) => key.includes('/snapshots/'));
    },
  };
  const lose: Readonly<Record<Name, () => Promise<unknown>>> = {
    disk: () => rm(workspace.path('backups', 'shop', 'data'), { recursive: true }),
    server: () => rm(join(sshd.folder, 'place', 'shop', 'data'), { recursive: true }),
    bucket: () => removeFromBucket('/data/'),
  };
  const removeFromBucket = async (what: string): Promise<void> => {
    const { Contents = [] } = await ceph.adminClient.listObjectsV2({ Bucket });
    for (const { Key = '' } of Contents)
      if (Key.includes(what)) await ceph.adminClient.deleteObject({ Bucket, Key });
  };
  const succeed = async (...args: readonly string[]): Promise<CliResult> => {
    const result = await workspace.run(args);
    expect(result.exitCode, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
    return result;
  };
  const repaired = async (): Promise<readonly string[]> =>
    lastJson<Copied>(await succeed('apply', '--repair-copies', '--json')).copies.map(
      ({ target, state }) => `${target} ${state}`,
    );
  const dumps = async (): Promise<number> => (await readFile(workspace.path('calls'), 'utf8')).length;

  beforeAll(async () => {
    [ceph, sshd] = await Promise.all([startCeph(), startSshd()]);
    Bucket = await ceph.createBucket();
    proxy = await startHttpFaultProxy({ upstream: ceph.endpoint });
    const made = await createWorkspace();
    const env = { AWS_ACCESS_KEY_ID: ceph.accessKeyId, AWS_SECRET_ACCESS_KEY: ceph.secretAccessKey };
    const start: Workspace['start'] = (args, options) => made.start(args, { env, ...options });
    workspace = { ...made, start, run: (args, options) => start(args, options).result };
    const dump = `printf x >> ${workspace.path('calls')}; printf 'kept END'`;
    await workspace.write({
      encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
      targets: {
        disk: { type: 'filesystem', path: '../backups' },
        server: { type: 'sftp', ...sshd.options('place') },
        bucket: {
          type: 's3',
          bucket: Bucket,
          endpoint: proxy.endpoint,
          pathStyle: true,
          allowInsecure: true,
        },
      },
      state: 'disk',
      resources: { export: dumpResource({ dump: ['sh', '-c', dump], targets: NAMES }) },
    });
    await succeed('apply', '--yes');
  }, CEPH_START_MS);
  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await Promise.all([proxy.close(), sshd.stop()]);
  });

  it.each(NAMES)('fills %s again, which lost its copies, from another one', async (name) => {
    const before = await recordsOn[name]();
    expect(before).toHaveLength(1);
    await lose[name]();
    expect(await repaired()).toEqual([`${name} copied`]);
    expect(await recordsOn[name]()).toEqual(before);
    expect(await dumps()).toBe(1);
    await succeed('verify', '--level', 'checksum');
  });

  it('fills the one to which a killed run did not come, from those to which it did (I7)', async () => {
    const never = new Promise<never>(() => undefined);
    const isRecord = { method: 'PUT', path: /\/snapshots\// };
    proxy.inject({ match: isRecord, times: Infinity, action: { kind: 'hold', until: never } });
    const run = workspace.start(['backup']);
    for (const name of ['disk', 'server'] as const)
      await expect.poll(recordsOn[name], { timeout: 60_000 }).toHaveLength(2);
    run.kill('SIGKILL');
    expect((await run.result).signal).toBe('SIGKILL');
    expect(await recordsOn.bucket()).toHaveLength(1);
    proxy.heal();
    expect(await repaired()).toEqual(['bucket copied']);
    expect([...(await recordsOn.bucket())].sort()).toEqual([...(await recordsOn.disk())].sort());
    expect(await dumps()).toBe(2);
    await succeed('verify', '--level', 'checksum');
    expect(await repaired()).toEqual([]);
  });

  it('makes records anew that were taken away, and does not forget that they were', async () => {
    await removeFromBucket('/snapshots/');
    expect(await repaired()).toEqual(['bucket copied', 'bucket copied']);
    const verified = await workspace.run(['verify', '--level', 'checksum', '--json']);
    expect(verified.exitCode, verified.stdout).toBe(5);
    const { checks, problems } = lastJson<VerifyDocument>(verified);
    expect(checks.map(({ result }) => result)).toEqual(Array(6).fill('passed'));
    expect(new Set(problems.map(({ target, code }) => `${target} ${code}`))).toEqual(
      new Set(['bucket CATALOG_GAP']),
    );
  });

  it('restores from the bucket alone where nothing else is left', async () => {
    const ids = (await recordsOn.bucket()).map((key) => key.slice(key.lastIndexOf('/') + 1, -'.json'.length));
    await rename(workspace.backups, workspace.path('burnt'));
    await rename(join(sshd.folder, 'place'), join(sshd.folder, 'burnt'));
    for (const id of ids) expect(await contentOf(workspace, id)).toBe('kept END');
  });
});
