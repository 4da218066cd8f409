import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { startGlacier, type Glacier } from '../support/glacier.ts';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { createWorkspace, filesBelow, type PlanParts, type Workspace } from './support/workspace.ts';

interface VerifyDocument {
  readonly ok: boolean;
  readonly checks: readonly { readonly result: string }[];
}

interface RewrapDocument {
  readonly objects: readonly { readonly artifact: string; readonly state: string }[];
}

describe.skipIf(lacksCeph() || lacks('gpg', 'zstd', 'tar'))('copies in an archive', () => {
  let ceph: Ceph;
  let glacier: Glacier;
  let workspace: Workspace;
  let offsite: PlanParts;

  const run = (...args: readonly string[]): Promise<CliResult> =>
    workspace.run(args, {
      env: { AWS_ACCESS_KEY_ID: ceph.accessKeyId, AWS_SECRET_ACCESS_KEY: ceph.secretAccessKey },
    });
  const exits = async (code: number, ...args: readonly string[]): Promise<CliResult> => {
    const result = await run(...args);
    expect(result.exitCode, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(code);
    return result;
  };
  const planWith = (targets: PlanParts, parts: PlanParts = {}): Promise<void> =>
    workspace.write({
      targets: { offsite, ...targets },
      state: 'offsite',
      defaults: {
        schedule: 'nightly',
        retention: 'standard',
        encryption: 'default',
        targets: ['offsite', ...Object.keys(targets)],
      },
      resources: {
        files: {
          type: 'files',
          paths: [workspace.path('source')],
          schedule: { full: 'nightly', incremental: '0 */6 * * *' },
        },
      },
      ...parts,
    });
  const restoring = (...args: readonly string[]): readonly string[] => [
    ...['restore', 'files', '--to', workspace.path('restored'), '--key', workspace.operationsKey],
    ...args,
  ];
  const restored = async (): Promise<string> => {
    const names = (await filesBelow(workspace.path('restored'))).filter((name) => name.endsWith('.txt'));
    const texts = names.map((name) => readFile(join(workspace.path('restored'), name), 'utf8'));
    const all = (await Promise.all(texts)).join(' ');
    await rm(workspace.path('restored'), { recursive: true });
    return all;
  };

  beforeAll(async () => {
    ceph = await startCeph();
    glacier = await startGlacier(ceph.endpoint);
    const { endpoint } = glacier.proxy;
    offsite = {
      type: 's3',
      bucket: await ceph.createBucket(),
      endpoint,
      pathStyle: true,
      allowInsecure: true,
    };
    workspace = await createWorkspace();
    await mkdir(workspace.path('source'));
    await writeFile(workspace.path('source', 'a.txt'), 'first');
    await planWith({});
    await exits(0, 'apply', '--yes');
    await writeFile(workspace.path('source', 'b.txt'), 'second');
    await exits(0, 'backup');
    glacier.archive();
  }, CEPH_START_MS);
  afterAll(async () => {
    await glacier.proxy.close();
    await workspace[Symbol.asyncDispose]();
  });

  it('are there, and nothing is due because of them', async () => {
    const status = await exits(0, 'status');
    expect(status.stdout).toContain('1 copy, 1 archived');
    expect((await exits(0, 'list')).stdout.match(/offsite \(archived\)/g)).toHaveLength(2);
    expect((await exits(0, 'plan')).stdout).toContain('nothing to do: 2 snapshots');
    expect((await exits(0, 'apply')).stdout).toContain('nothing to do');
  });

  it.each(['record', 'checksum'])('are archived and never ok at level %s', async (level) => {
    const { ok, checks } = lastJson<VerifyDocument>(await exits(4, 'verify', '--level', level, '--json'));
    expect({ ok, results: checks.map(({ result }) => result) }).toEqual({
      ok: false,
      results: ['archived', 'archived'],
    });
    const { stdout } = await exits(4, 'verify', '--level', level);
    expect(stdout).toContain('0 copies passed');
    expect(stdout).toContain('2 archived and not checked');
  });

  it('can be looked into by their index, and are not read', async () => {
    const key = ['--key', workspace.operationsKey];
    const { stdout } = await exits(0, 'show', 'files', '--files', ...key);
    expect(stdout).toContain('b.txt');
    const cat = await exits(4, 'cat', 'files', workspace.path('source', 'b.txt'), ...key);
    const exported = await exits(4, 'export', 'files', '-o', workspace.path('out.tar'));
    for (const { stderr } of [cat, exported]) expect(stderr).toContain('--thaw');
    expect(await filesBelow(workspace.folder)).not.toContain('out.tar');
    const dry = await exits(0, ...restoring('--dry-run'));
    expect(dry.stdout + dry.stderr).toContain('is archived, and must be thawed');
  });

  it('are not passed over in silence by a rewrap', async () => {
    const rewrap = await exits(4, 'key', 'rewrap', '--key', workspace.operationsKey, '--json');
    const { objects } = lastJson<RewrapDocument>(rewrap);
    expect(objects.map(({ artifact, state }) => `${artifact} ${state}`).sort()).toEqual([
      'files failed',
      'files failed',
      'index unchanged',
      'index unchanged',
    ]);
  });

  it('are thawed as a whole chain, once, and restored when they can be read', async () => {
    const refused = await exits(4, ...restoring());
    expect(refused.stderr).toContain('--thaw');
    expect(glacier.asked).toEqual([]);
    const asked = await exits(4, ...restoring('--thaw', 'bulk', '--json'));
    expect(lastJson(asked)).toMatchObject({
      code: 'ARCHIVED',
      facts: { targets: ['offsite'], objects: 2, etaMs: 12 * 3_600_000 },
    });
    const still = await exits(4, ...restoring('--thaw', 'bulk'));
    expect(still.stderr).toContain('2 objects');
    expect(still.stderr).toContain('may take 12h');
    expect(glacier.asked.map(({ tier }) => tier)).toEqual(['Bulk', 'Bulk']);
    expect(new Set(glacier.asked.map(({ path }) => path)).size).toBe(2);
    await exits(4, 'verify', '--level', 'checksum');
    glacier.thawAll();
    await exits(0, ...restoring('--thaw', 'bulk', '--wait'));
    expect(await restored()).toBe('first second');
    expect(glacier.asked).toHaveLength(2);
    expect((await exits(0, 'verify', '--level', 'checksum')).stdout).toContain('2 copies passed');
    await exits(0, 'export', 'files', '-o', workspace.path('out.tar'));
  });

  it('are the source of a copy elsewhere, from which a restore then reads without thawing', async () => {
    await planWith({ disk: { type: 'filesystem', path: '../backups' } });
    await exits(0, 'apply', '--yes');
    glacier.freezeAll();
    await exits(0, ...restoring());
    expect(await restored()).toBe('first second');
    await exits(0, 'export', 'files', '-o', workspace.path('again.tar'));
  });
});
