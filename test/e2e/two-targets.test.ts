import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import type { RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource, recordsIn, type PlanParts } from './support/workspace.ts';

const resource = dumpResource({ dump: ['printf', 'dataEND'], targets: ['disk', 'second'] });
const twoTargets: PlanParts = {
  targets: {
    disk: { type: 'filesystem', path: '../backups' },
    second: { type: 'filesystem', path: '../second' },
  },
  state: 'disk',
  resources: { export: resource },
};

describe.skipIf(lacks('gpg', 'zstd'))('a plan with two targets', () => {
  it.each([['backup'], ['backup', '--yes']])(
    'still backs up to the other one when the target with the log is lost: %s',
    async (...command) => {
      await using workspace = await createWorkspace(twoTargets);
      expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(0);
      await rename(workspace.backups, workspace.path('unplugged'));
      const result = await workspace.run([...command, '--json']);
      const report = lastJson<RunDocument>(result);
      expect(result.exitCode, result.stdout).toBe(4);
      expect(report.resources[0]).toMatchObject({ targets: ['second'], missing: ['disk'] });
      expect(await recordsIn(workspace.path('second'))).toHaveLength(2);
      expect(await recordsIn(workspace.backups)).toHaveLength(0);
    },
  );

  it('starts a new log where a person gives up the lost target', async () => {
    await using workspace = await createWorkspace(twoTargets);
    expect((await workspace.run(['apply', '--yes', '--json'])).exitCode).toBe(0);
    await rename(workspace.backups, workspace.path('lost'));
    const again = await workspace.run(['backup', '--yes', '--init-target', 'disk', '--json']);
    expect(again.exitCode, again.stdout).toBe(0);
    expect((await workspace.run(['apply', '--json'])).exitCode).toBe(0);
  });
});
