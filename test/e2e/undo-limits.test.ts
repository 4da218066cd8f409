import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { startRestoring, type Undoable } from './support/restoring.ts';
import { createWorkspace, dumpResource } from './support/workspace.ts';

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('an undo', () => {
  it('says that there is no way back once somebody removed what was kept', async () => {
    await using restoring = await startRestoring();
    await restoring.spoil();
    await restoring.restore();
    const [{ restoreId, places } = { restoreId: '', places: [] }] = await restoring.undoable();
    await rm(dirname(places[0]?.safety ?? ''), { recursive: true });
    const undone = await restoring.undo(restoreId);
    expect(undone.exitCode, undone.stderr).toBe(8);
    expect(undone.stderr).toContain('UNDO_REFUSED');
    expect(restoring.digest()).toEqual(restoring.saved);
    expect((await restoring.restore()).exitCode).toBe(0);
  });

  it('is kept out by another one that still runs', async () => {
    const wait = 'test ! -p ../in || { echo here > ../in; read line < ../out; }';
    await using restoring = await startRestoring({ restore: { hooks: { before: [['sh', '-c', wait]] } } });
    const { workspace } = restoring;
    await restoring.spoil();
    const spoilt = restoring.digest();
    await restoring.restore();
    const [{ restoreId } = { restoreId: '' }] = await restoring.undoable();
    execFileSync('mkfifo', [workspace.path('in'), workspace.path('out')]);
    const first = workspace.start(['undo', restoreId]);
    await readFile(workspace.path('in'));
    for (const more of [[], ['--discard', '--yes']]) {
      const second = await workspace.run(['undo', restoreId, ...more]);
      expect(second.exitCode, second.stderr).toBe(7);
    }
    await writeFile(workspace.path('out'), 'go on\n');
    expect((await first.result).exitCode).toBe(0);
    expect(restoring.digest()).toEqual(spoilt);
  });

  it('of what was loaded without a snapshot from before is not begun: a restore is still possible', async () => {
    await using workspace = await createWorkspace();
    await mkdir(workspace.path('bin'));
    const program = (text: string) => ({ mode: 0o755, text: `#!/bin/sh\n${text}\n` });
    for (const [name, { mode, text }] of Object.entries({
      dump: program('printf "data END"'),
      load: program('cat > /dev/null; test ! -e ../broken'),
    }))
      await writeFile(workspace.path('bin', name), text, { mode });
    await workspace.write({ resources: { db: dumpResource({ restore: { load: ['load'] } }) } });
    const tools = workspace.path('bin');
    const key = ['--key', workspace.operationsKey];
    expect((await workspace.run(['apply', '--yes'], { tools })).exitCode).toBe(0);
    await writeFile(workspace.path('broken'), '');
    const args = ['restore', 'db', '--in-place', '--force', '--no-backup-existing', ...key];
    expect((await workspace.run(args, { tools })).exitCode).toBe(3);
    const { restores } = lastJson<{ restores: Undoable[] }>(await workspace.run(['undo', '--json']));
    const undone = await workspace.run(['undo', restores[0]?.restoreId ?? '', ...key], { tools });
    expect(undone.exitCode, undone.stderr).toBe(8);
    await rm(workspace.path('broken'));
    const again = await workspace.run(args, { tools });
    expect(again.exitCode, again.stderr).toBe(0);
  });
});

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore over live files', () => {
  it('does not call a path restored that the snapshot does not hold', async () => {
    await using restoring = await startRestoring();
    await restoring.spoil();
    const spoilt = restoring.digest();
    const only = ['kept', 'newer'].flatMap((name) => ['--only', `${restoring.data}/${name}`]);
    const result = await restoring.restore(['--in-place', '--force', ...only]);
    expect(result.exitCode, result.stderr).toBe(9);
    expect(result.stderr).toContain('newer');
    const [, ...below] = spoilt;
    expect(restoring.digest().slice(1)).toEqual(below);
  });
});
