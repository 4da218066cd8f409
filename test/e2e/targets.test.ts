import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeTools } from '../support/fake-tool.ts';
import { lacks, lacksAbility } from '../support/requires.ts';
import { backUp, contentOf, deliver, expectOnly, failureOf } from './support/snapshots.ts';
import {
  createWorkspace,
  filesBelow,
  recordsIn,
  type PlanParts,
  type RunOptions,
} from './support/workspace.ts';

describe.skipIf(lacks('gpg', 'zstd'))('a target that is not as it should be', () => {
  it('is not filled while its disk is not mounted', async () => {
    await using tools = await createFakeTools(['dump']);
    const targets = (mount: PlanParts): PlanParts => ({
      targets: { disk: { type: 'filesystem', path: '../backups', ...mount } },
    });
    await using workspace = await createWorkspace(targets({}));
    const good = await backUp(workspace, tools, 'first');
    await rename(workspace.backups, workspace.path('mounted-elsewhere'));
    await mkdir(workspace.backups, { mode: 0o700 });
    const unmarked = await workspace.run(['apply', '--json'], { tools: tools.binDirectory });
    expect(unmarked.exitCode, unmarked.stdout).toBeGreaterThan(7);
    await workspace.write(targets({ mount: 'required' }));
    const unmounted = await workspace.run(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    expect(unmounted.exitCode, unmounted.stdout).toBe(9);
    expect(await readdir(workspace.backups)).toEqual([]);
    await rm(workspace.backups, { recursive: true });
    await rename(workspace.path('mounted-elsewhere'), workspace.backups);
    await workspace.write(targets({}));
    await expectOnly(workspace, [good]);
  });

  it('is not created below a mount point that nobody mounted', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace({
      targets: { disk: { type: 'filesystem', path: '../backups', mount: 'required' } },
    });
    await mkdir(workspace.backups, { mode: 0o700 });
    const result = await workspace.run(['apply', '--yes', '--json'], { tools: tools.binDirectory });
    expect(result.exitCode).toBe(9);
    expect(failureOf(result)?.message).toContain('nothing is mounted');
    expect(await readdir(workspace.backups)).toEqual([]);
    expect(tools.unclaimed()).toEqual([]);
  });

  it.each(['tmp', 'shop/data', 'shop/snapshots/export', 'shop/data/export'])(
    'is not written through a symbolic link planted at %s',
    async (place) => {
      await using tools = await createFakeTools(['dump']);
      await using workspace = await createWorkspace();
      const good = await backUp(workspace, tools, 'first');
      const planted = join(workspace.backups, place);
      await rename(planted, workspace.path('aside'));
      await mkdir(workspace.path('elsewhere'));
      await symlink(workspace.path('elsewhere'), planted);
      const run = workspace.start(['backup', '--json'], { tools: tools.binDirectory });
      const serving = Promise.race([run.result, deliver(tools, 'second')]);
      await serving;
      const result = await run.result;
      expect(result.exitCode, result.stdout).toBeGreaterThan(2);
      expect(await filesBelow(workspace.path('elsewhere'))).toEqual([]);
      await rm(planted);
      await rename(workspace.path('aside'), planted);
      expect(await recordsIn(workspace.backups)).toHaveLength(1);
      expect(await contentOf(workspace, good.id)).toBe(good.content);
    },
  );

  it('does not hide a second run that finds it gone half-way', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const good = await backUp(workspace, tools, 'first');
    const run = workspace.start(['backup', '--json'], { tools: tools.binDirectory });
    const dump = await tools.started('dump');
    await rename(workspace.backups, workspace.path('aside'));
    await mkdir(workspace.backups, { mode: 0o700 });
    await dump.stdout('second END');
    dump.exit(0);
    const result = await run.result;
    expect(result.exitCode, result.stdout).toBeGreaterThan(2);
    expect(await filesBelow(workspace.backups)).toEqual([]);
    await rm(workspace.backups, { recursive: true });
    await rename(workspace.path('aside'), workspace.backups);
    expect(await recordsIn(workspace.backups)).toHaveLength(1);
    expect(await contentOf(workspace, good.id)).toBe(good.content);
  });
});

const noMounts = lacks('gpg', 'zstd', 'unshare') || lacksAbility('mount a tmpfs in a private namespace');

describe.skipIf(noMounts)('a target on a small disk', () => {
  /** A 4 MiB file system that only runs inside the namespace see. */
  async function mountSmall(path: string): Promise<{ readonly inside: readonly string[] } & AsyncDisposable> {
    await mkdir(path, { mode: 0o700 });
    const script = 'mount -t tmpfs -o size=4m,mode=0700 none "$1" && echo mounted && exec cat';
    const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return {
      inside: ['nsenter', `--mount=/proc/${String(holder.pid)}/ns/mnt`],
      [Symbol.asyncDispose]: async () => {
        holder.stdin.end();
        await once(holder, 'close');
      },
    };
  }

  const flood = (bytes: number): PlanParts => ({
    resources: {
      export: {
        type: 'command',
        dump: ['head', '-c', String(bytes), '/dev/urandom'],
        proof: { minSize: '1B' },
        source: { maxDrop: '100%' },
        limits: { retries: 0 },
      },
    },
  });

  it('says that it is full, and keeps what it has', async () => {
    await using workspace = await createWorkspace(flood(1_000_000));
    await using disk = await mountSmall(workspace.backups);
    const options: RunOptions = { under: [...disk.inside, `--wd=${workspace.path('plan')}`] };
    const run = (...args: readonly string[]): ReturnType<typeof workspace.run> =>
      workspace.run(args, options);

    expect((await run('apply', '--yes')).exitCode).toBe(0);
    await workspace.write(flood(8_000_000));
    const full = await run('apply', '--yes', '--json', '--now', inDays(2));
    expect(full.exitCode, full.stdout).toBe(3);
    expect(failureOf(full)).toMatchObject({ code: 'TARGET_FULL' });
    expect((await run('verify', '--level', 'checksum')).stdout).toContain('1 copy passed');
    const to = workspace.path('restored');
    const restored = await run('restore', 'export', '--to', to, '--key', workspace.operationsKey);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await readFile(join(to, 'export'))).toHaveLength(1_000_000);
    await workspace.write(flood(1_000_000));
    const again = await run('apply', '--yes', '--now', inDays(4));
    expect(again.exitCode, again.stderr + again.stdout).toBe(0);
  });

  it('says that it cannot be written once it is read-only', async () => {
    await using workspace = await createWorkspace(flood(10_000));
    await using disk = await mountSmall(workspace.backups);
    const options: RunOptions = { under: [...disk.inside, `--wd=${workspace.path('plan')}`] };
    expect((await workspace.run(['apply', '--yes'], options)).exitCode).toBe(0);
    const remount = spawn(disk.inside[0] ?? '', [
      ...disk.inside.slice(1),
      ...['mount', '-o', 'remount,ro', workspace.backups],
    ]);
    await once(remount, 'close');
    const result = await workspace.run(['backup', '--json'], options);
    expect(result.exitCode, result.stdout).toBe(9);
    expect(failureOf(result)).toMatchObject({ code: 'TARGET_DENIED' });
    expect(failureOf(result)?.message).toContain('disk');
  });
});

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

describe.skipIf(lacks('gpg', 'zstd'))('a restore', () => {
  it('refuses a destination that holds anything', async () => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace();
    const good = await backUp(workspace, tools, 'first');
    const to = workspace.path('restored');
    await mkdir(to);
    await writeFile(join(to, 'unrelated'), 'mine');
    const key = ['--key', workspace.operationsKey];
    const result = await workspace.run(['restore', `export@${good.id}`, '--to', to, ...key]);
    expect(result.exitCode).toBe(8);
    expect(await filesBelow(to)).toEqual(['unrelated']);
  });

  it('that fails half-way shows nothing at its destination', async () => {
    await using tools = await createFakeTools(['dump', 'load']);
    await using workspace = await createWorkspace({
      resources: {
        export: {
          type: 'command',
          dump: ['dump'],
          proof: { endsWith: 'END' },
          restore: { command: ['load'] },
        },
      },
    });
    await backUp(workspace, tools, 'first');
    const before = await readdir(workspace.folder);
    const to = workspace.path('restored');
    const run = workspace.start(['restore', 'export', '--to', to, '--key', workspace.operationsKey], {
      tools: tools.binDirectory,
    });
    const load = await tools.started('load');
    await writeFile(join(load.cwd, 'half'), 'half of it');
    expect(await readdir(workspace.folder)).not.toContain('restored');
    load.exit(1);
    const result = await run.result;
    expect(result.exitCode, result.stderr).toBe(3);
    expect(await readdir(workspace.folder)).toEqual(before);
  });

  it('that is interrupted cleans up', async () => {
    await using tools = await createFakeTools(['dump', 'load']);
    await using workspace = await createWorkspace({
      resources: {
        export: {
          type: 'command',
          dump: ['dump'],
          proof: { endsWith: 'END' },
          restore: { command: ['load'] },
        },
      },
    });
    await backUp(workspace, tools, 'first');
    const before = await readdir(workspace.folder);
    const run = workspace.start(
      ['restore', 'export', '--to', workspace.path('restored'), '--key', workspace.operationsKey],
      { tools: tools.binDirectory },
    );
    const load = await tools.started('load');
    run.kill('SIGINT');
    expect((await run.result).exitCode).toBe(130);
    await load.ended;
    expect(await readdir(workspace.folder)).toEqual(before);
  });
});
