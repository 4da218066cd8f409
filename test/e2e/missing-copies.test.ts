import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile, mkdir, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import type { RunDocument } from './support/snapshots.ts';
import { createWorkspace, recordsIn, type PlanParts, type Workspace } from './support/workspace.ts';

interface Copied extends RunDocument {
  readonly missing: readonly { readonly snapshotId: string; readonly target: string }[];
  readonly copies: readonly {
    readonly snapshotId: string;
    readonly target: string;
    readonly state: string;
  }[];
}

const disk = { type: 'filesystem', path: '../backups' };
const second = { type: 'filesystem', path: '../second' };
const third = { type: 'filesystem', path: '../third' };

/** A command that counts its calls, so that a second dump would be seen. */
function planOn(workspace: Workspace, targets: PlanParts): PlanParts {
  const dump = `echo call >> ${workspace.path('calls')}; date +%s%N; printf END`;
  const names = Object.keys(targets);
  return {
    targets,
    state: 'disk',
    resources: {
      export: {
        type: 'command',
        dump: ['sh', '-c', dump],
        proof: { endsWith: 'END' },
        limits: { retries: 0 },
        targets: names,
      },
      files: {
        type: 'files',
        paths: [workspace.path('source')],
        schedule: { full: 'nightly', incremental: '*/5 * * * *' },
        targets: names,
      },
    },
  };
}

async function withPlan(targets: PlanParts): Promise<Workspace> {
  const workspace = await createWorkspace();
  await mkdir(workspace.path('source'));
  await writeFile(workspace.path('source', 'a.txt'), 'first');
  await workspace.write(planOn(workspace, targets));
  return workspace;
}

async function runOk(workspace: Workspace, ...args: readonly string[]): Promise<Copied> {
  const result = await workspace.run([...args, '--json']);
  expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(0);
  return lastJson<Copied>(result);
}

async function dumps(workspace: Workspace): Promise<number> {
  return (await readFile(workspace.path('calls'), 'utf8')).trim().split('\n').length;
}

async function filesOf(workspace: Workspace, target: string): Promise<string> {
  const to = workspace.path('restored');
  const args = ['restore', 'files', '--to', to, '--from', target, '--key', workspace.operationsKey];
  const restored = await workspace.run(args);
  expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
  const names = (await readdir(to, { recursive: true })).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(to, name), 'utf8')));
  await rm(to, { recursive: true });
  return texts.join(' ');
}

/** The snapshots of `files` on the second target, oldest first, and what each names as its parents. */
async function parentsOnSecond(workspace: Workspace): Promise<readonly (readonly string[])[]> {
  const paths = (await recordsIn(workspace.path('second'))).filter((path) => path.includes('/files/'));
  const payloads = await Promise.all(
    paths.map(async (path) => {
      const { payload } = JSON.parse(await readFile(workspace.path('second', path), 'utf8')) as {
        payload: string;
      };
      return Buffer.from(payload, 'base64');
    }),
  );
  const digests = payloads.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  return payloads.map((bytes) => {
    const { parents } = JSON.parse(bytes.toString()) as { parents: string[] };
    return parents.map((digest) => `snapshot ${String(digests.indexOf(digest))}`);
  });
}

describe.skipIf(lacks('gpg', 'zstd', 'tar'))('copies that a target lacks', () => {
  it('are made on a target that is new to the plan, chains and all, and restore from it alone', async () => {
    await using workspace = await withPlan({ disk });
    await runOk(workspace, 'apply', '--yes');
    await writeFile(workspace.path('source', 'b.txt'), 'second');
    await runOk(workspace, 'backup', 'files');
    await workspace.write(planOn(workspace, { disk, second }));
    const report = await runOk(workspace, 'apply', '--yes');
    expect(report.copies.map(({ state }) => state)).toEqual(['copied', 'copied', 'copied']);
    expect(await recordsIn(workspace.path('second'))).toEqual(await recordsIn(workspace.backups));
    expect(await dumps(workspace)).toBe(1);
    const again = await runOk(workspace, 'apply');
    expect(again).toMatchObject({ state: 'nothing-due', missing: [], copies: [] });
    await rename(workspace.backups, workspace.path('burnt'));
    expect(await filesOf(workspace, 'second')).toBe('first second');
  });

  it('are made after a marker was lost and the target was given up, and not before', async () => {
    await using workspace = await withPlan({ disk, second });
    await runOk(workspace, 'apply', '--yes');
    await rename(workspace.path('second'), workspace.path('lost'));
    const refused = await workspace.run(['apply', '--repair-copies', '--json']);
    expect(refused.exitCode, refused.stdout).not.toBe(0);
    expect(await recordsIn(workspace.path('second'))).toEqual([]);
    const report = await runOk(workspace, 'apply', '--repair-copies', '--init-target', 'second');
    expect(report.copies).toHaveLength(2);
    expect(await recordsIn(workspace.path('second'))).toEqual(await recordsIn(workspace.backups));
    expect(await dumps(workspace)).toBe(1);
    expect(await filesOf(workspace, 'second')).toBe('first');
  });

  it('that are made late name nothing younger, and do not pass for the newest ones', async () => {
    await using workspace = await withPlan({ disk, second });
    const { files, ...parts } = planOn(workspace, { disk, second })['resources'] as Record<string, PlanParts>;
    const resources = { ...parts, files: { ...files, schedule: 'nightly' } };
    await workspace.write({ ...planOn(workspace, { disk, second }), resources });
    await runOk(workspace, 'apply', '--yes');
    await rename(workspace.path('second'), workspace.path('unplugged'));
    await writeFile(workspace.path('source', 'a.txt'), 'second');
    await workspace.run(['backup', 'files']);
    await rename(workspace.path('unplugged'), workspace.path('second'));
    await writeFile(workspace.path('source', 'a.txt'), 'third');
    await runOk(workspace, 'backup', 'files');
    const report = await runOk(workspace, 'apply', '--repair-copies');
    expect(report.copies.map(({ target, state }) => `${target} ${state}`)).toEqual(['second copied']);
    expect(await parentsOnSecond(workspace)).toEqual([[], ['snapshot 0'], ['snapshot 0']]);
    await rename(workspace.backups, workspace.path('burnt'));
    expect(await filesOf(workspace, 'second')).toBe('third');
  });

  it('are made when a target is back, and an incremental stays one while it is away', async () => {
    await using workspace = await withPlan({ disk, second });
    await runOk(workspace, 'apply', '--yes');
    await rename(workspace.path('second'), workspace.path('unplugged'));
    await writeFile(workspace.path('source', 'b.txt'), 'second');
    const away = await workspace.run(['backup', '--json']);
    expect(away.exitCode, away.stdout).toBe(4);
    const resources = lastJson<RunDocument>(away).resources;
    expect(resources.find(({ resource }) => resource === 'files')).toMatchObject({
      mode: 'incremental',
      targets: ['disk'],
      missing: ['second'],
    });
    await rename(workspace.path('unplugged'), workspace.path('second'));
    const report = await runOk(workspace, 'apply', '--repair-copies');
    expect(report.copies).toHaveLength(2);
    expect(await recordsIn(workspace.path('second'))).toEqual(await recordsIn(workspace.backups));
    expect(await dumps(workspace)).toBe(2);
    expect(await filesOf(workspace, 'second')).toBe('first second');
  });

  it('are made from another copy where the nearest is damaged', async () => {
    await using workspace = await withPlan({ disk, second });
    await runOk(workspace, 'apply', '--yes');
    const data = (await readdir(workspace.backups, { recursive: true })).find((name) =>
      /data\/files\/.*\/files/.test(name),
    );
    const damaged = workspace.path('backups', data ?? '');
    const bytes = await readFile(damaged);
    bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
    await chmod(damaged, 0o600);
    await writeFile(damaged, bytes);
    await workspace.write(planOn(workspace, { disk, second, third }));
    const run = await workspace.run(['apply', '--yes', '--json']);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(lastJson<Copied>(run).copies).toHaveLength(2);
    expect(run.stdout).toMatch(/the copy of \S+ on disk is not used/);
    expect(await filesOf(workspace, 'third')).toBe('first');
  });

  it('are shown before they are made, and are the only thing that --repair-copies does', async () => {
    await using workspace = await withPlan({ disk, second });
    await runOk(workspace, 'apply', '--yes');
    for (const path of await recordsIn(workspace.path('second'))) await rm(workspace.path('second', path));
    const planned = await workspace.run(['plan']);
    expect(planned.stdout).toContain('Copies missing: 2');
    const dry = await workspace.run(['apply', '--repair-copies', '--dry-run']);
    expect(dry.stdout).toMatch(/export +1 on second +from disk/);
    const human = await workspace.run(['apply', '--repair-copies']);
    expect(human.stdout).toContain('2 of 2 missing copies made');
    expect(await dumps(workspace)).toBe(1);
    const status = await workspace.run(['status', '--json']);
    expect(status.exitCode, status.stdout).toBe(0);
  });
});
