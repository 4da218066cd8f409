import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lacks, lacksAbility } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { processNamed } from './support/processes.ts';
import { startRestoring, type Restoring } from './support/restoring.ts';
import type { PlanParts } from './support/workspace.ts';

let restoring: Restoring;
afterEach(() => restoring[Symbol.asyncDispose]());

/** With the data spoilt after its snapshot was taken. */
async function start(parts: PlanParts = {}): Promise<readonly string[]> {
  restoring = await startRestoring(parts);
  await restoring.spoil();
  return restoring.digest();
}

/** A command that writes a word to `../log`, then ends with this exit code. */
function says(word: string, exitCode = 0): readonly string[] {
  return ['sh', '-c', `echo ${word} >> ../log; exit ${String(exitCode)}`];
}

/** 1.0.3 until the file says otherwise. */
const VERSION = ['sh', '-c', 'cat ../version.txt 2>/dev/null || echo "app 1.0.3"'];

async function log(): Promise<string> {
  const text = await readFile(restoring.workspace.path('log'), 'utf8').catch(() => '');
  return text.trim().split('\n').join(' ');
}

async function expectRefused(args: readonly string[], exitCode: number, code: string): Promise<void> {
  const before = restoring.digest();
  const result = await restoring.restore(args);
  expect(result.stderr).toContain(code);
  expect(result.exitCode).toBe(exitCode);
  expect(restoring.digest()).toEqual(before);
  expect(await readdir(dirname(restoring.data))).toEqual(['data']);
  expect(await restoring.undoable()).toEqual([]);
}

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore over live files', () => {
  it('takes their place, keeps what was there and goes back', async () => {
    const spoilt = await start();
    const restored = await restoring.restore();
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(restoring.digest()).toEqual(restoring.saved);
    const [kept] = await restoring.undoable();
    expect(kept).toMatchObject({ state: 'finished', resources: ['uploads'] });
    expect(restored.stdout).toContain(`undo: backup-plan undo ${String(kept?.restoreId)}`);
    expect(await readFile(join(kept?.places[0]?.safety ?? '', 'newer'), 'utf8')).toBe('newer');
    const undone = await restoring.undo(kept?.restoreId ?? '');
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(restoring.digest()).toEqual(spoilt);
    expect(await restoring.undoable()).toMatchObject([{ state: 'undone' }]);
  });

  it('wants --force for what is there, and nothing where nothing is there', async () => {
    await start();
    await expectRefused(['--in-place'], 8, 'DESTINATION_REFUSED');
    await expectRefused(['--in-place', '--dry-run'], 0, '');
    await rm(restoring.data, { recursive: true });
    const restored = await restoring.restore(['--in-place']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(restoring.digest()).toEqual(restoring.saved);
    const [only] = await restoring.undoable();
    const undone = await restoring.undo(only?.restoreId ?? '');
    expect(undone.exitCode, undone.stderr).toBe(0);
    await expect(stat(restoring.data)).rejects.toThrow('ENOENT');
  });

  it('keeps nothing with --no-backup-existing', async () => {
    await start();
    const restored = await restoring.restore(['--in-place', '--force', '--no-backup-existing']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(restored.stdout).not.toContain('undo');
    expect(await readdir(dirname(restoring.data))).toEqual(['data']);
    const [only] = await restoring.undoable();
    expect((await restoring.undo(only?.restoreId ?? '')).exitCode).toBe(8);
  });

  it('replaces only what --only names, also where its folder is gone', async () => {
    await start();
    const path = join(restoring.data, 'sub', 'lost').slice(1);
    const restored = await restoring.restore(['--in-place', '--only', path]);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await readFile(join(restoring.data, 'sub', 'lost'), 'utf8')).toBe('lost');
    expect(await readFile(join(restoring.data, 'kept'), 'utf8')).toBe('spoilt');
    const [only] = await restoring.undoable();
    const undone = await restoring.undo(only?.restoreId ?? '');
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(await readdir(restoring.data)).toEqual([expect.stringMatching(/^\.lost\./), 'kept', 'newer']);
    const discarded = await restoring.workspace.run(['undo', only?.restoreId ?? '', '--discard', '--yes']);
    expect(discarded.exitCode, discarded.stderr).toBe(0);
    expect(await readdir(restoring.data)).toEqual(['kept', 'newer']);
  });

  it('says what differs before it does anything', async () => {
    await start();
    const result = await restoring.restore(['--in-place', '--dry-run', '--diff', '--json']);
    const { differences } = lastJson<{ differences: { counts: object; paths: { path: string }[] } }>(result);
    expect(differences.counts).toMatchObject({ missing: 2, extra: 1 });
    const paths = differences.paths.map(({ path }) => path.split('/').at(-1));
    expect(paths).toEqual(expect.arrayContaining(['kept', 'lost', 'newer']));
  });

  it.skipIf(lacksAbility('root'))('gives everything to whom it is told to', async () => {
    await start({ restore: { owner: '7:8' } });
    expect((await restoring.restore()).exitCode).toBe(0);
    expect(await stat(restoring.data)).toMatchObject({ uid: 7, gid: 8 });
    expect((await restoring.restore(['--in-place', '--force', '--owner', '12:34'])).exitCode).toBe(0);
    expect(await stat(join(restoring.data, 'kept'))).toMatchObject({ uid: 12, gid: 34 });
  });

  it('goes where --map says', async () => {
    await start();
    const elsewhere = restoring.workspace.path('live', 'other');
    const mapped = await restoring.restore(['--in-place', '--map', `${restoring.data}=${elsewhere}`]);
    expect(mapped.exitCode, mapped.stderr).toBe(0);
    expect(await readFile(join(elsewhere, 'kept'), 'utf8')).toBe('kept');
    expect(await readFile(join(restoring.data, 'kept'), 'utf8')).toBe('spoilt');
  });

  it('gives files the mode that the plan names', async () => {
    await start({ restore: { fileMode: '0640' } });
    expect((await restoring.restore()).exitCode).toBe(0);
    expect((await stat(join(restoring.data, 'kept'))).mode & 0o777).toBe(0o640);
  });
});

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore over live files refuses', () => {
  it('a machine that the resource does not live on', async () => {
    await start({ host: hostname() });
    await expectRefused(['--in-place', '--force', '--host', 'elsewhere'], 8, 'this is elsewhere');
  });

  it('what the snapshot does not hold', async () => {
    await start();
    await expectRefused(['--in-place', '--force', '--only', 'srv/nothing'], 9, 'NOT_FOUND');
    await expectRefused(['--to', '../out', '--dry-run', '--only', 'srv/nothing'], 9, 'NOT_FOUND');
  });

  it.each([
    [['--in-place', '--to', '../out']],
    [[]],
    [['--to', '../out', '--force']],
    [['--to', '../out', '--diff']],
    [['--in-place', '--map', 'relative=/x']],
    [['--in-place', '--all', '--only', 'x']],
  ])('a command line that makes no sense: %j', async (args) => {
    await start();
    expect((await restoring.restore(args)).exitCode).toBe(64);
  });

  it('to begin while another one is under way', async () => {
    await start({ restore: { hooks: { before: [['sh', '-c', 'sh ../second.sh']] } } });
    const { workspace } = restoring;
    const program = `${process.execPath} ${join(import.meta.dirname, '../../dist/bin.js')}`;
    const second = `${program} restore uploads --in-place --force --key ${workspace.operationsKey}`;
    const home = `HOME=${workspace.path('home')}`;
    await writeFile(
      workspace.path('second.sh'),
      `${home} ${second} > ../second.log 2>&1; echo $? >> ../log\n`,
    );
    const first = await restoring.restore();
    expect(first.exitCode, first.stderr).toBe(0);
    expect(await readFile(workspace.path('second.log'), 'utf8')).toContain('LOCKED');
    expect(await log()).toBe('7');
  });
});

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('a restore that is interrupted', () => {
  it('before the swap leaves all as it was, and starts again what it stopped', async () => {
    const spoilt = await start({
      restore: { hooks: { before: [says('stop'), ['sleep', '60']], after: [says('start')] } },
    });
    const key = ['--key', restoring.workspace.operationsKey];
    const run = restoring.workspace.start(['restore', 'uploads', '--in-place', '--force', ...key]);
    await processNamed(restoring.workspace, 'sleep');
    run.kill('SIGINT');
    expect((await run.result).exitCode).toBe(130);
    expect(await log()).toBe('stop start');
    expect(restoring.digest()).toEqual(spoilt);
    expect(await readdir(dirname(restoring.data))).toEqual(['data']);
    expect(await restoring.undoable()).toEqual([]);
  });
});

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('what surrounds a restore over live files', () => {
  it('comes in its order, at the undo too', async () => {
    await start({
      appVersion: { command: VERSION },
      restore: {
        activeCheck: { command: says('active', 1) },
        hooks: { before: [says('stop')], after: [says('start')] },
        migrate: [{ from: '1.0', to: '1.1', run: [says('migrate')] }],
        check: [{ command: says('check') }],
      },
    });
    await writeFile(restoring.workspace.path('version.txt'), 'app 1.1.0\n');
    const restored = await restoring.restore();
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await log()).toBe('active stop migrate check start');
    const [only] = await restoring.undoable();
    const undone = await restoring.undo(only?.restoreId ?? '');
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(await log()).toBe('active stop migrate check start stop start');
  });

  it.each([
    ['in use', 0, 8, 'RESOURCE_IN_USE'],
    ['no answer', 127, 3, 'HOOK_FAILED'],
  ])('refuses at an activeCheck that says %s', async (_what, answer, exitCode, code) => {
    await start({ restore: { activeCheck: { command: says('active', answer) } } });
    await writeFile(join(restoring.data, 'newer'), 'newer still');
    const spoilt = restoring.digest();
    const result = await restoring.restore(['--in-place']);
    expect(result.exitCode, result.stderr).toBe(exitCode);
    expect(result.stderr).toContain(code);
    expect(restoring.digest()).toEqual(spoilt);
    const forced = await restoring.restore();
    expect(forced.exitCode, forced.stderr).toBe(0);
    expect(forced.stderr).toContain('note:');
  });

  it('replaces nothing when a before hook fails, and runs the after hooks', async () => {
    await start({ restore: { hooks: { before: [says('stop', 1), says('never')], after: [says('start')] } } });
    await expectRefused(['--in-place', '--force'], 3, 'HOOK_FAILED');
    expect(await log()).toBe('stop start');
  });

  it('keeps the data in place when a check fails, and says how to go back', async () => {
    const spoilt = await start({
      restore: { hooks: { after: [says('start')] }, check: [{ command: says('check', 1) }] },
    });
    const restored = await restoring.restore();
    expect(restored.exitCode, restored.stderr).toBe(5);
    expect(restored.stderr).toContain('RESTORE_CHECK_FAILED');
    const [only] = await restoring.undoable();
    expect(restored.stdout + restored.stderr).toContain(`backup-plan undo ${String(only?.restoreId)}`);
    expect(restoring.digest()).toEqual(restoring.saved);
    expect(await log()).toBe('check start');
    const undone = await restoring.undo(only?.restoreId ?? '');
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(restoring.digest()).toEqual(spoilt);
  });

  it.each([
    ['passed', 0, 0],
    ['failed', 1, 5],
  ])('starts the service after a kill, and still says that the check %s', async (_what, check, exitCode) => {
    const dieOnce = '[ -e ../died ] || { touch ../died; kill -9 $PPID; exit 1; }; echo start >> ../log';
    await start({
      restore: {
        hooks: { before: [says('stop')], after: [['sh', '-c', dieOnce]] },
        check: [{ command: says('check', check) }],
      },
    });
    expect((await restoring.restore()).signal).toBe('SIGKILL');
    expect(await log()).toBe('stop check');
    const again = await restoring.restore();
    expect(again.exitCode, again.stderr).toBe(exitCode);
    expect(await log()).toBe('stop check start');
    expect(restoring.digest()).toEqual(restoring.saved);
    expect((await restoring.restore()).exitCode).toBe(exitCode);
    expect(await log()).toBe('stop check start stop check start');
  });

  it('says that an after hook failed, with the data in place', async () => {
    await start({ restore: { hooks: { after: [says('start', 3), says('next')] } } });
    const restored = await restoring.restore();
    expect(restored.exitCode, restored.stderr).toBe(3);
    expect(restoring.digest()).toEqual(restoring.saved);
    expect(await log()).toBe('start next');
  });
});

describe.skipIf(lacks('gpg', 'tar', 'zstd'))('the version of the application', () => {
  async function startVersion(now: string, migrate: readonly object[] = []): Promise<void> {
    await start({ appVersion: { command: VERSION }, restore: { migrate } });
    await writeFile(restoring.workspace.path('version.txt'), now);
  }

  it('refuses another major, unless that is allowed or a migration leads there', async () => {
    await startVersion('app 2.0.0');
    await expectRefused(['--in-place', '--force'], 8, 'VERSION_MISMATCH');
    const allowed = await restoring.restore(['--in-place', '--force', '--allow-version-mismatch']);
    expect(allowed.exitCode, allowed.stderr).toBe(0);
  });

  it('migrates over as many steps as it takes', async () => {
    await startVersion('app 2.1', [
      { from: '2.0', to: '2.1', run: [says('second')] },
      { from: '1.0', to: '2.0', run: [says('first')] },
    ]);
    const restored = await restoring.restore();
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await log()).toBe('first second');
  });

  it('fails a backup whose version cannot be told', async () => {
    restoring = await startRestoring();
    await restoring.workspace.write({
      resources: {
        uploads: { type: 'files', paths: ['../live/data'], appVersion: { command: ['false'] } },
      },
    });
    const result = await restoring.workspace.run(['apply', '--yes']);
    const backup = await restoring.workspace.run(['backup']);
    expect(result.stdout + result.stderr + backup.stderr + backup.stdout).toContain('appVersion of uploads');
    expect(backup.exitCode).toBe(3);
  });
});
