import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { succeed } from './support/restoring.ts';
import { createWorkspace, filesBelow, type RunOptions, type Workspace } from './support/workspace.ts';

const DAY_MS = 86_400_000;

/** A plan with four daily snapshots of which retention keeps two. */
async function startPruning(grace: string): Promise<Workspace> {
  const workspace = await createWorkspace({
    signing: {
      keys: { writer: { key: 'keys/writer.asc', may: ['write', 'apply', 'prune'] } },
      use: { file: '../private/writer.key' },
    },
    retention: { standard: { keep: { daily: 2 }, maxDelete: '100%', grace } },
    resources: { data: { type: 'files', paths: ['../data'] } },
  });
  await mkdir(workspace.path('data'));
  await writeFile(workspace.path('data', 'file'), 'content');
  const now = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  await succeed(workspace, ['apply', '--yes', '--no-prune', '--now', now(3)]);
  for (const days of [2, 1, 0]) await succeed(workspace, ['backup', '--now', now(days)]);
  return workspace;
}

async function oldest(workspace: Workspace): Promise<string> {
  const listed = await workspace.run(['list', '--json']);
  const { snapshots } = lastJson<{ snapshots: { id: string }[] }>(listed);
  return snapshots.map(({ id }) => id).sort()[0] ?? '';
}

function restore(workspace: Workspace, reference: string, options?: RunOptions): Promise<CliResult> {
  const to = ['--to', workspace.path('out')];
  return workspace.run(['restore', reference, ...to, '--key', workspace.operationsKey], options);
}

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore beside a prune', () => {
  it('refuses a snapshot that waits for its deletion, until it is taken back', async () => {
    await using workspace = await startPruning('72h');
    const id = await oldest(workspace);
    await succeed(workspace, ['prune']);
    const refused = await restore(workspace, `data@${id}`);
    expect(refused.stderr).toContain('SNAPSHOT_CONDEMNED');
    expect(refused.stderr).toContain(`backup-plan undelete data@${id}`);
    expect(refused.exitCode).toBe(8);
    await succeed(workspace, ['undelete', `data@${id}`]);
    const restored = await restore(workspace, `data@${id}`);
    expect(restored.exitCode, restored.stderr).toBe(0);
  });

  it('knows a snapshot that was deleted on purpose', async () => {
    await using workspace = await startPruning('0s');
    const id = await oldest(workspace);
    await succeed(workspace, ['prune']);
    const result = await restore(workspace, `data@${id}`);
    expect(result.stderr).toContain('SNAPSHOT_PURGED');
    expect(result.exitCode).toBe(9);
  });

  it('says on the target what it reads, so that a prune keeps it meanwhile', async () => {
    await using workspace = await startPruning('0s');
    const id = await oldest(workspace);
    await mkdir(workspace.path('tools'));
    // The first time that tar runs, a prune comes along.
    const [done, log] = [workspace.path('pruned'), workspace.path('log')];
    const program = `${process.execPath} ${join(import.meta.dirname, '../../dist/bin.js')}`;
    const prune = `HOME=${workspace.path('home')} ${program} prune -p ${workspace.planFile} > ${log} 2>&1`;
    const tar = `#!/bin/sh\n[ -e ${done} ] || { touch ${done}; ${prune}; }\nexec /usr/bin/tar "$@"\n`;
    await writeFile(workspace.path('tools', 'tar'), tar, { mode: 0o755 });
    const restored = await restore(workspace, `data@${id}`, { tools: workspace.path('tools') });
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await readFile(log, 'utf8')).toContain('snapshot');
    expect((await filesBelow(workspace.backups)).some((file) => file.endsWith(`${id}.json`))).toBe(true);
    expect((await filesBelow(workspace.backups)).filter((file) => file.includes('/intents/'))).toEqual([]);
    await succeed(workspace, ['prune']);
    expect((await filesBelow(workspace.backups)).some((file) => file.endsWith(`${id}.json`))).toBe(false);
  });
});
