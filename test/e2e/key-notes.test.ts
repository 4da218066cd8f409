import { writeFile } from 'node:fs/promises';
import { expect, describe, it } from 'vitest';
import { generateKey } from '../../src/bundle/generate-key.ts';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { createWorkspace, dumpResource, type Workspace } from './support/workspace.ts';

const DAY_MS = 86_400_000;

async function withExpiringRecipient(): Promise<Workspace> {
  const workspace = await createWorkspace({
    resources: { export: dumpResource({ dump: ['printf', 'END'] }) },
  });
  const key = await generateKey({ name: 'operations', kind: 'recipient', expiresMs: 20.5 * DAY_MS });
  await writeFile(workspace.path('plan', 'keys', 'operations.asc'), key.publicKey);
  return workspace;
}

describe.skipIf(lacks('gpg', 'zstd'))('a recipient that expires soon', () => {
  it('is told of in every run, whether or not anything is due', async () => {
    await using workspace = await withExpiringRecipient();
    for (const command of [['apply', '--yes'], ['apply'], ['backup', '--dry-run']]) {
      const result = await workspace.run([...command, '--json']);
      expect(result.exitCode, result.stdout + result.stderr).toBe(0);
      const notes = lastJson<{ readonly notes: readonly string[] }>(result).notes;
      expect(notes.filter((note) => note.includes('operations.asc expires in 20 days'))).toHaveLength(1);
    }
    const human = await workspace.run(['backup']);
    expect(human.stdout).toMatch(/note:.*expires in 20 days/);
  });
});
