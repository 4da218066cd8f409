import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { succeed } from './support/restoring.ts';
import { createWorkspace, recordsIn, type Workspace } from './support/workspace.ts';

let workspace: Workspace;
afterEach(() => workspace[Symbol.asyncDispose]());

function files(path: string, parts: object = {}): object {
  return { type: 'files', paths: [path], source: { maxDrop: '100%' }, ...parts };
}

async function restore(...args: readonly string[]): ReturnType<Workspace['run']> {
  return workspace.run(['restore', ...args, '--in-place', '--force', '--key', workspace.operationsKey]);
}

async function saveAndSpoil(...segments: readonly string[]): Promise<string> {
  const file = workspace.path(...segments, 'file');
  await mkdir(workspace.path(...segments), { recursive: true });
  await writeFile(file, 'saved');
  await succeed(workspace, ['apply', '--yes']);
  await writeFile(file, 'spoilt');
  return file;
}

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore over a live directory', () => {
  it.each([[[]], [['--no-backup-existing']]])(
    'that holds the backups is refused, also with %j: they would go with it',
    async (options) => {
      workspace = await createWorkspace({
        targets: { disk: { type: 'filesystem', path: '../srv/backups' } },
        resources: { srv: files('../srv', { exclude: ['/backups/'] }) },
      });
      const file = await saveAndSpoil('srv');
      const result = await restore('srv', ...options);
      expect(result.exitCode, result.stderr).toBe(8);
      expect(result.stderr).toContain('target disk');
      expect(await readFile(file, 'utf8')).toBe('spoilt');
      expect(await recordsIn(workspace.path('srv', 'backups'))).toHaveLength(1);
      const part = await restore('srv', '--only', file);
      expect(part.exitCode, part.stderr).toBe(0);
      expect(await readFile(file, 'utf8')).toBe('saved');
    },
  );

  it('of which the plan leaves a part out is never replaced without a safety copy', async () => {
    workspace = await createWorkspace({ resources: { srv: files('../srv', { exclude: ['cache/'] }) } });
    const file = await saveAndSpoil('srv');
    await mkdir(workspace.path('srv', 'cache'));
    const result = await restore('srv', '--no-backup-existing');
    expect(result.exitCode, result.stderr).toBe(8);
    expect(result.stderr).toContain('leaves out');
    expect(await readFile(file, 'utf8')).toBe('spoilt');
    expect((await restore('srv')).exitCode).toBe(0);
  });

  it('that holds the journals of restores is refused: without them there is no way back', async () => {
    workspace = await createWorkspace({ resources: { home: files('../home') } });
    const file = await saveAndSpoil('home');
    const result = await restore('home');
    expect(result.exitCode, result.stderr).toBe(8);
    expect(result.stderr).toContain('the journals of restores');
    expect(await readFile(file, 'utf8')).toBe('spoilt');
    expect(await readdir(workspace.folder)).not.toContainEqual(expect.stringContaining('.backup-plan-'));
  });

  it.each([
    ['the same place as', '../live/data'],
    ['a place inside that of', '../live/data/sub'],
  ])('of one resource in %s another one is refused while both are asked for', async (_how, path) => {
    workspace = await createWorkspace({ resources: { outer: files('../live/data'), inner: files(path) } });
    const file = await saveAndSpoil('live', 'data', 'sub');
    const both = await restore('--all');
    expect(both.exitCode, both.stderr).toBe(8);
    expect(both.stderr).toContain('cannot be replaced together');
    expect(await readFile(file, 'utf8')).toBe('spoilt');
    for (const one of ['outer', 'inner']) {
      const result = await restore(one);
      expect(result.exitCode, result.stderr).toBe(0);
    }
    expect(await readFile(file, 'utf8')).toBe('saved');
  });
});
