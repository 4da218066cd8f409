import { rename, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import {
  createWorkspace,
  dumpResource,
  filesBelow,
  recordsIn,
  type PlanParts,
  type Workspace,
} from './support/workspace.ts';

const DAY_MS = 86_400_000;
const daily = (count: number, rest: object = {}): PlanParts => ({
  retention: { standard: { keep: { daily: count }, maxDelete: '100%', ...rest } },
  resources: { export: dumpResource({ dump: ['printf', 'dataEND'] }) },
});

interface PruneDocument {
  readonly exitCode: number;
  readonly targets: readonly {
    readonly target: string;
    readonly delete: readonly Chain[];
    readonly mark: readonly Chain[];
    readonly waiting: readonly Chain[];
    readonly keep: readonly Chain[];
    readonly refused: readonly { readonly held: number; readonly failure: { readonly code: string } }[];
  }[];
  readonly outcomes: readonly { readonly state: string; readonly snapshots: number }[];
}

interface Chain {
  readonly snapshots: readonly { readonly id: string }[];
}

interface ListDocument {
  readonly snapshots: readonly { readonly id: string; readonly good: boolean; readonly pinned: unknown }[];
}

describe.skipIf(lacks('gpg', 'zstd'))('the life of a snapshot', () => {
  it('deletes exactly what the dry run said, with its data, and says so in the log', async () => {
    await using workspace = await withHistory(daily(2), [5, 4, 3, 2, 1, 0]);
    const planned = await pruneOf(workspace, '--dry-run');
    const announced = planned.targets.flatMap((target) => idsOf(target.delete));
    expect(announced).toHaveLength(4);
    expect(await recordsIn(workspace.backups)).toHaveLength(6);
    const pruned = await pruneOf(workspace);
    expect(pruned.outcomes.filter(({ state }) => state === 'swept')).toHaveLength(4);
    const files = await filesBelow(workspace.backups);
    for (const id of announced) {
      expect(files.filter((file) => file.includes(id) && !file.includes('/events/'))).toEqual([]);
    }
    expect((await listOf(workspace)).map(({ good }) => good)).toEqual([true, true]);
    expect((await pruneOf(workspace, '--dry-run')).targets.flatMap(({ delete: chains }) => chains)).toEqual(
      [],
    );
    const log = await workspace.run(['log', '--runs', '--json']);
    const { events } = lastJson<{ events: readonly { event: string; facts: { swept?: number } }[] }>(log);
    expect(events[0]).toMatchObject({ event: 'prune', facts: { swept: 4 } });
    expect((await workspace.run(['verify', '--level', 'checksum'])).exitCode).toBe(0);
  });

  it('prunes at the end of an apply, and never under a plan that nobody approved', async () => {
    await using workspace = await withHistory(daily(2), [5, 4, 3, 2, 1, 0]);
    await workspace.write(daily(1));
    const unapproved = await workspace.run(['apply', '--json']);
    expect(unapproved.exitCode).toBe(12);
    expect((await recordsIn(workspace.backups)).length).toBeGreaterThanOrEqual(6);
    expect((await workspace.run(['prune', '--json'])).exitCode).toBe(12);
    await workspace.write(daily(2));
    expect((await workspace.run(['apply', '--no-prune', '--json'])).exitCode).toBe(0);
    expect((await recordsIn(workspace.backups)).length).toBeGreaterThanOrEqual(6);
    expect((await workspace.run(['apply', '--json'])).exitCode).toBe(0);
    expect(await recordsIn(workspace.backups)).toHaveLength(2);
  });

  it('prunes at the end of an apply on every target, and leaves word of it', async () => {
    const targets = {
      disk: { type: 'filesystem', path: '../backups' },
      vault: { type: 'filesystem', path: '../vault' },
    };
    const resources = { export: dumpResource({ dump: ['printf', 'dataEND'], targets: ['disk', 'vault'] }) };
    const parts = { ...daily(2, { grace: '72h' }), resources, targets, state: 'disk' };
    await using workspace = await withHistory(parts, [3, 2, 1]);
    const applied = await workspace.run(['apply', '--json']);
    expect(applied, applied.stdout).toMatchObject({ exitCode: 0 });
    for (const root of [workspace.backups, workspace.path('vault')])
      expect((await filesBelow(root)).filter((file) => file.includes('/marks/'))).toHaveLength(2);
    const log = await workspace.run(['log', '--runs', '--json']);
    const { events } = lastJson<{ events: readonly { event: string; facts: object }[] }>(log);
    expect(events.find(({ event }) => event === 'prune')?.facts).toMatchObject({ condemned: 4, swept: 0 });
  });

  it('gives people three days after the policy has changed', async () => {
    await using workspace = await withHistory(daily(6), [5, 4, 3, 2, 1, 0]);
    await workspace.write(daily(2));
    expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(0);
    const records = await recordsIn(workspace.backups);
    const { targets } = await pruneOf(workspace, '--dry-run');
    expect(targets.flatMap((target) => target.delete)).toEqual([]);
    expect(idsOf(targets.flatMap((target) => target.waiting))).toHaveLength(records.length - 2);
    await workspace.write(daily(6));
    expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(0);
    expect((await listOf(workspace)).every(({ good }) => good)).toBe(true);
    expect(await listOf(workspace)).toHaveLength(Math.min(records.length, 6));
  });

  it('takes a marked snapshot back, and keeps it from the next prune', async () => {
    await using workspace = await withHistory(daily(2, { grace: '1h' }), [3, 2, 1, 0]);
    expect((await pruneOf(workspace)).outcomes.filter(({ state }) => state === 'condemned')).toHaveLength(2);
    const [first] = idsOf((await pruneOf(workspace, '--dry-run')).targets.flatMap(({ waiting }) => waiting));
    const name = `export@${first ?? ''}`;
    const restore = ['restore', name, '--to', workspace.path('out'), '--key', workspace.operationsKey];
    expect((await workspace.run([...restore, '--json'])).exitCode).toBe(8);
    expect((await workspace.run(['undelete', name, '--json'])).exitCode).toBe(0);
    expect((await workspace.run([...restore, '--json'])).exitCode).toBe(0);
    await pruneOf(workspace);
    expect((await listOf(workspace)).find(({ id }) => id === first)).toMatchObject({ good: true });
    expect((await workspace.run(['unpin', name])).exitCode).toBe(0);
    await pruneOf(workspace);
    expect((await listOf(workspace)).some(({ id }) => id === first)).toBe(false);
  });

  it('keeps what is pinned for as long as it is', async () => {
    await using workspace = await withHistory(daily(2), [4, 3, 2, 1, 0]);
    const [oldest] = await listOf(workspace);
    const name = `export@${oldest?.id ?? ''}`;
    expect((await workspace.run(['pin', name, '--until', inDays(5)])).exitCode).toBe(0);
    await pruneOf(workspace);
    expect((await listOf(workspace)).map(({ id }) => id)).toContain(oldest?.id);
    expect(await listOf(workspace)).toHaveLength(3);
    expect((await workspace.run(['pin', name, '--until', inDays(-1)])).exitCode).toBe(64);
  });

  it('keeps what is pinned on any target, whichever are pruned and whichever can be read', async () => {
    const disks = ['disk', 'vault', 'attic'];
    const targets = Object.fromEntries(
      disks.map((name) => [name, { type: 'filesystem', path: `../${name === 'disk' ? 'backups' : name}` }]),
    );
    const resources = { export: dumpResource({ dump: ['printf', 'dataEND'], targets: disks }) };
    const parts = { ...daily(2), resources, targets, state: 'disk' };
    await using workspace = await withHistory(parts, [4, 3, 2, 1, 0]);
    const [oldest] = await listOf(workspace);
    const roots = [workspace.backups, workspace.path('vault')];
    for (const root of roots) await rename(root, `${root}-away`);
    expect((await workspace.run(['pin', `export@${oldest?.id ?? ''}`])).exitCode).toBe(4);
    for (const root of roots) await rename(`${root}-away`, root);
    await pruneOf(workspace, '--target', 'vault');
    const kept = await filesBelow(workspace.path('vault'));
    expect(kept.some((file) => file.endsWith(`/${oldest?.id ?? ''}.json`))).toBe(true);
    expect(await recordsIn(workspace.path('vault'))).toHaveLength(3);
    expect(await recordsIn(workspace.path('attic'))).toHaveLength(5);
    await rename(workspace.path('attic'), workspace.path('attic-away'));
    expect((await workspace.run(['prune', '--target', 'vault'])).exitCode).toBe(0);
    const closed = await workspace.run(['prune', '--target', 'attic']);
    expect([closed.exitCode, closed.stdout]).toEqual([9, expect.stringContaining('attic was not pruned')]);
    expect((await workspace.run(['prune', '--target', 'cellar', '--json'])).stdout).toContain('NOT_FOUND');
  });

  it('wants an explicit number before it deletes most of what there is', async () => {
    await using workspace = await withHistory(daily(1, { maxDelete: '30%' }), [5, 4, 3, 2, 1, 0]);
    const refused = await workspace.run(['prune', '--json']);
    expect(refused.exitCode).toBe(8);
    const [refusal] = lastJson<PruneDocument>(refused).targets[0]?.refused ?? [];
    expect([refusal?.held, refusal?.failure.code]).toEqual([5, 'DELETE_GUARD']);
    expect((await workspace.run(['prune', '--max-delete', '4'])).exitCode).toBe(8);
    expect(await recordsIn(workspace.backups)).toHaveLength(6);
    expect((await workspace.run(['prune', '--max-delete', '5'])).exitCode).toBe(0);
    expect(await recordsIn(workspace.backups)).toHaveLength(1);
  });

  it('leaves deleting to another machine where the plan says so', async () => {
    const separate = { disk: { type: 'filesystem', path: '../backups', prune: 'separate' } };
    await using workspace = await withHistory({ ...daily(2), targets: separate }, [3, 2, 1, 0]);
    expect((await workspace.run(['apply', '--json'])).exitCode).toBe(0);
    expect((await recordsIn(workspace.backups)).length).toBeGreaterThanOrEqual(4);
    expect((await pruneOf(workspace)).outcomes.every(({ state }) => state === 'swept')).toBe(true);
    expect(await recordsIn(workspace.backups)).toHaveLength(2);
  });

  it('deletes nothing with a key that may not, and says what it would', async () => {
    const writer = { key: 'keys/writer.asc', may: ['write', 'apply'] };
    const signing = { keys: { writer }, use: { file: '../private/writer.key' } };
    await using workspace = await withHistory({ ...daily(2), signing }, [3, 2, 1, 0]);
    const refused = await workspace.run(['prune', '--json']);
    expect(refused.exitCode).toBe(9);
    expect(refused.stdout).toContain('SIGNER_UNUSABLE');
    expect((await workspace.run(['prune', '--dry-run', '--json'])).exitCode).toBe(0);
    expect(await recordsIn(workspace.backups)).toHaveLength(4);
  });

  it('never follows a backup that failed', async () => {
    await using workspace = await withHistory(daily(2), [6, 5, 4, 3, 2]);
    await workspace.write({ ...daily(2), resources: { export: dumpResource({ dump: ['false'] }) } });
    expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(3);
    expect(await recordsIn(workspace.backups)).toHaveLength(5);
    const prune = await workspace.run(['prune', '--json']);
    expect(lastJson<PruneDocument>(prune).targets[0]?.refused[0]?.failure.code).toBe('BACKUP_OVERDUE');
    expect(await recordsIn(workspace.backups)).toHaveLength(5);
  });

  it('collects what killed runs left once it is old, and nothing that is not ours', async () => {
    await using workspace = await withHistory(daily(2), [1, 0]);
    await writeFile(`${workspace.backups}/shop/notes.txt`, 'mine');
    const before = await filesBelow(workspace.backups);
    expect((await workspace.run(['prune', '--json'])).exitCode).toBe(0);
    expect(await filesBelow(workspace.backups)).toEqual(before);
  });
});

/** Snapshots of so many days ago, by machines whose clock said so. */
async function withHistory(parts: PlanParts, daysAgo: readonly number[]): Promise<Workspace> {
  const workspace = await createWorkspace(parts);
  const [first = 1, ...later] = daysAgo;
  const applied = await workspace.run(['apply', '--yes', '--json', '--no-prune', '--now', inDays(-first)]);
  expect(applied.exitCode, applied.stdout).toBe(0);
  for (const days of later)
    expect((await workspace.run(['backup', '--json', '--now', inDays(-days)])).exitCode).toBe(0);
  return workspace;
}

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

async function pruneOf(workspace: Workspace, ...args: readonly string[]): Promise<PruneDocument> {
  const result = await workspace.run(['prune', '--json', ...args]);
  expect(result.exitCode, result.stdout + result.stderr).toBe(0);
  return lastJson<PruneDocument>(result);
}

async function listOf(workspace: Workspace): Promise<ListDocument['snapshots']> {
  return lastJson<ListDocument>(await workspace.run(['list', '--json'])).snapshots;
}

function idsOf(chains: readonly Chain[]): readonly string[] {
  return chains.flatMap(({ snapshots }) => snapshots.map(({ id }) => id));
}
