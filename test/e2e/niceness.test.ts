import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { contentOf, type RunDocument } from './support/snapshots.ts';
import { createWorkspace, dumpResource } from './support/workspace.ts';

describe.skipIf(lacks('gpg', 'zstd'))('limits.nice', () => {
  it('is the niceness of the tool that reads the source', async () => {
    // Without an argument, nice prints the niceness that it runs with.
    const resource = dumpResource({ dump: ['nice'], proof: { minSize: 1 }, limits: { nice: 7 } });
    await using workspace = await createWorkspace({ resources: { export: resource } });
    const result = await workspace.run(['apply', '--yes', '--json']);
    expect(result.exitCode, result.stderr).toBe(0);
    const id = lastJson<RunDocument>(result).resources[0]?.snapshotId ?? '';
    expect(await contentOf(workspace, id)).toBe('7\n');
  });
});
