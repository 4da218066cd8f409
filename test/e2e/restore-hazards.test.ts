import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks, lacksAbility } from '../support/requires.ts';
import { digestTree } from '../support/tree-digest.ts';
import { mountTmpfs } from './support/mounted.ts';
import { startRestoring, succeed } from './support/restoring.ts';
import { createWorkspace, type RunOptions, type Workspace } from './support/workspace.ts';

const TOOLS = ['gpg', 'tar', 'zstd'] as const;

describe.skipIf(lacks(...TOOLS))('a restore over live files, while somebody moves them,', () => {
  it.each([
    ['the destination', 'data', 'rm -r ../live/data && ln -s ../victim ../live/data'],
    ['the directory above it', '..', 'mv ../live ../live2 && ln -s victim ../live'],
  ])('writes nothing through a link in the place of %s', async (_what, _name, attack) => {
    await using restoring = await startRestoring({ restore: { hooks: { before: [['sh', '-c', attack]] } } });
    const { workspace } = restoring;
    await mkdir(workspace.path('victim', 'data'), { recursive: true });
    await writeFile(workspace.path('victim', 'precious'), 'precious');
    const before = digestTree(workspace.path('victim'));
    const result = await restoring.restore();
    expect(result.exitCode, result.stderr).toBe(8);
    expect(result.stderr).toContain('DESTINATION_REFUSED');
    expect(digestTree(workspace.path('victim'))).toEqual(before);
  });

  it('refuses a directory that was exchanged for another one', async () => {
    const attack = 'mv ../live ../live2 && mkdir ../live && cp -a ../live2/data ../live/data';
    await using restoring = await startRestoring({ restore: { hooks: { before: [['sh', '-c', attack]] } } });
    const result = await restoring.restore();
    expect(result.exitCode, result.stderr).toBe(8);
    expect(digestTree(restoring.data)).toEqual(digestTree(restoring.workspace.path('live2', 'data')));
  });
});

/** A workspace whose resource `uploads` holds these paths. */
async function startWith(paths: readonly string[], parts: object = {}): Promise<Workspace> {
  return createWorkspace({
    resources: { uploads: { type: 'files', paths, source: { maxDrop: '100%' }, ...parts } },
  });
}

describe.skipIf(lacks(...TOOLS) || lacksAbility('root'))(
  'a restore where room or file systems run out',
  () => {
    it('refuses before it reads anything where the room is known to be too small', async () => {
      await using workspace = await startWith(['../small/data']);
      using small = mountTmpfs(workspace.path('small'), '12m');
      await mkdir(join(small.folder, 'data'));
      await writeFile(join(small.folder, 'data', 'big'), randomBytes(7 << 20));
      await succeed(workspace, ['apply', '--yes']);
      const before = digestTree(join(small.folder, 'data'));
      const result = await restore(workspace);
      expect(result.exitCode, result.stderr).toBe(3);
      expect(result.stderr).toContain('TARGET_FULL: the restore needs 7.0 MiB');
      expect(digestTree(join(small.folder, 'data'))).toEqual(before);
      expect(await readdir(small.folder)).toEqual(['data']);
    });

    it('leaves everything as it is when others fill the disk half-way', async () => {
      await using workspace = await startWith(['../small/data']);
      using small = mountTmpfs(workspace.path('small'), '20m');
      await mkdir(join(small.folder, 'data'));
      await writeFile(join(small.folder, 'data', 'big'), randomBytes(7 << 20));
      await succeed(workspace, ['apply', '--yes']);
      const before = digestTree(join(small.folder, 'data'));
      await mkdir(workspace.path('tools'));
      const fill = `#!/bin/sh\nhead -c 9M /dev/zero > ${join(small.folder, 'ballast')}\nexec /usr/bin/tar "$@"\n`;
      await writeFile(workspace.path('tools', 'tar'), fill, { mode: 0o755 });
      const result = await restore(workspace, { tools: workspace.path('tools') });
      expect(result.exitCode, result.stderr).toBe(3);
      expect(result.stderr).toMatch(/No space left|Wrote only/);
      expect(digestTree(join(small.folder, 'data'))).toEqual(before);
      expect(await readdir(small.folder)).toEqual(['ballast', 'data']);
    });

    it('exchanges the children of a mount point, and goes back', async () => {
      await using workspace = await startWith(['../disk']);
      using disk = mountTmpfs(workspace.path('disk'), '20m');
      const root = disk.folder;
      await mkdir(join(root, 'kept'));
      await writeFile(join(root, 'kept', 'file'), 'old');
      await writeFile(join(root, 'lost'), 'lost');
      await succeed(workspace, ['apply', '--yes']);
      const saved = visible(root);
      await rm(join(root, 'lost'));
      await writeFile(join(root, 'kept', 'file'), 'new');
      await writeFile(join(root, 'newer'), 'newer');
      const spoilt = visible(root);
      const result = await restore(workspace);
      expect(result.exitCode, result.stderr).toBe(0);
      expect(visible(root)).toEqual(saved);
      await undoAll(workspace);
      expect(visible(root)).toEqual(spoilt);
    });

    it('brings what is staged to each of several file systems first', async () => {
      await using workspace = await startWith(['../first/data', '../second/data']);
      using first = mountTmpfs(workspace.path('first'), '20m');
      using second = mountTmpfs(workspace.path('second'), '20m');
      const roots = [join(first.folder, 'data'), join(second.folder, 'data')];
      for (const root of roots) {
        await mkdir(root);
        await writeFile(join(root, 'file'), root, { mode: 0o640 });
      }
      await succeed(workspace, ['apply', '--yes']);
      const saved = roots.map((root) => digestTree(root));
      for (const root of roots) await rename(join(root, 'file'), join(root, 'moved'));
      const spoilt = roots.map((root) => digestTree(root));
      const result = await restore(workspace);
      expect(result.exitCode, result.stderr).toBe(0);
      expect(roots.map((root) => digestTree(root))).toEqual(saved);
      await undoAll(workspace);
      expect(roots.map((root) => digestTree(root))).toEqual(spoilt);
    });

    it('does not take along what is mounted below', async () => {
      await using workspace = await startWith(['../live'], { oneFileSystem: true });
      await mkdir(workspace.path('live', 'disk'), { recursive: true });
      await writeFile(workspace.path('live', 'file'), 'file');
      await succeed(workspace, ['apply', '--yes']);
      using disk = mountTmpfs(workspace.path('live', 'disk'), '1m');
      const result = await restore(workspace);
      expect(result.exitCode, result.stderr).toBe(8);
      expect(result.stderr).toContain(`${disk.folder} is mounted below`);
    });
  },
);

async function restore(workspace: Workspace, options: RunOptions = {}): ReturnType<Workspace['run']> {
  const key = ['--key', workspace.operationsKey];
  return workspace.run(['restore', 'uploads', '--in-place', '--force', ...key], options);
}

async function undoAll(workspace: Workspace): Promise<void> {
  const listed = await workspace.run(['undo', '--json']);
  const { restores } = JSON.parse(listed.stdout) as { restores: { restoreId: string }[] };
  for (const { restoreId } of restores.toReversed()) await succeed(workspace, ['undo', restoreId]);
}

/** Without the folder in which a restore keeps what was there. */
function visible(root: string): readonly string[] {
  return digestTree(root).filter((line) => !line.includes('.backup-plan-'));
}

describe.skipIf(lacks(...TOOLS, 'sqlite3'))('a restore over a live database', () => {
  it('takes its log away with it, and brings both back', async () => {
    await using workspace = await createWorkspace({
      resources: { db: { type: 'sqlite', path: '../live/app.db' } },
    });
    await mkdir(workspace.path('live'));
    const sql = (text: string): string =>
      execFileSync('sqlite3', [workspace.path('live', 'app.db'), text], { encoding: 'utf8' }).trim();
    sql('PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)');
    await succeed(workspace, ['apply', '--yes']);
    sql('INSERT INTO t VALUES (2)');
    await writeFile(workspace.path('live', 'app.db-wal'), '');
    const place = ['db', '--in-place', '--force', '--key', workspace.operationsKey];
    const restored = await workspace.run(['restore', ...place]);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(sql('SELECT count(*) FROM t')).toBe('1');
    await undoAll(workspace);
    expect(sql('SELECT count(*) FROM t')).toBe('2');
    expect((await stat(workspace.path('live', 'app.db'))).size).toBeGreaterThan(0);
  });
});
