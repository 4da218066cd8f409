import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { lastJson } from './cli.ts';
import { createWorkspace, dumpResource, filesBelow, recordsIn, type Workspace } from './workspace.ts';

export const CONTENT = 'something worth keeping END';

/** A target with several full snapshots of which retention keeps the newest. */
export interface PrunableWorkspace extends Workspace {
  /** Oldest first; the last one stays. */
  readonly ids: readonly string[];
  /** Puts the target back as it was before any prune. */
  reset(): Promise<void>;
  succeed(...args: readonly string[]): Promise<string>;
}

export async function createPrunableWorkspace(snapshots: number): Promise<PrunableWorkspace> {
  const workspace = await createWorkspace({
    encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
    retention: { standard: { keep: { last: 1 }, minimum: 1, maxDelete: '100%' } },
    resources: { export: dumpResource({ dump: ['../dump.sh'] }) },
  });
  await writeFile(workspace.path('dump.sh'), `#!/bin/sh\nprintf '${CONTENT}'\n`);
  await chmod(workspace.path('dump.sh'), 0o755);
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const result = await workspace.run(args);
    expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    return result.stdout;
  };
  const ids: string[] = [];
  for (const command of [
    ['apply', '--yes', '--no-prune'],
    ...Array<string[]>(snapshots - 1).fill(['backup']),
  ]) {
    await succeed(...command);
    // Names of one second do not sort by age.
    const taken = (await recordsIn(workspace.backups)).map(idOf).filter((id) => !ids.includes(id));
    expect(taken).toHaveLength(1);
    ids.push(...taken);
  }
  const template = workspace.path('template');
  const copy = { recursive: true, preserveTimestamps: true };
  await cp(workspace.backups, template, copy);
  const reset = async (): Promise<void> => {
    await rm(workspace.backups, { recursive: true, force: true });
    await cp(template, workspace.backups, copy);
    // Else this machine says that the target was rolled back.
    await rm(workspace.path('home', '.cache'), { recursive: true, force: true });
  };
  return { ...workspace, ids, reset, succeed };
}

function idOf(record: string): string {
  return record.slice(record.lastIndexOf('/') + 1, -'.json'.length);
}

/** Everything of the newest snapshot is there, byte for byte. */
export async function expectNewestWhole({ ids, folder, backups }: PrunableWorkspace): Promise<void> {
  const newest = ids.at(-1) ?? '';
  const template = join(folder, 'template');
  const kept = (await filesBelow(template)).filter((file) => file.includes(newest));
  expect(kept.length).toBeGreaterThan(2);
  for (const file of kept) {
    const [now, before] = await Promise.all([backups, template].map((at) => readFile(join(at, file))));
    expect(now).toEqual(before);
  }
}

/** Only the newest is left of all that retention knows, and readers see nothing wrong. */
export async function expectPruned(workspace: PrunableWorkspace): Promise<void> {
  const newest = workspace.ids.at(-1) ?? '';
  expect(await recordsIn(workspace.backups)).toEqual([`shop/snapshots/export/${newest}.json`]);
  const data = await filesBelow(join(workspace.backups, 'shop', 'data'));
  expect(data.filter((file) => !file.includes(newest))).toEqual([]);
  await expectNewestWhole(workspace);
  const listed = await workspace.run(['list', '--json']);
  expect(listed, listed.stderr).toMatchObject({ exitCode: 0 });
  const { snapshots, problems } = lastJson<ListDocument>(listed);
  expect(problems).toEqual([]);
  expect(snapshots.map(({ id, good }) => ({ id, good }))).toEqual([{ id: newest, good: true }]);
}

interface ListDocument {
  readonly snapshots: readonly { readonly id: string; readonly good: boolean }[];
  readonly problems: readonly unknown[];
}
