import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { succeed } from './support/restoring.ts';
import { disturbed, wasKilled } from './support/strace.ts';
import { createWorkspace, type RunOptions, type Workspace } from './support/workspace.ts';

interface Report {
  readonly restoreId?: string;
  readonly resources: readonly {
    readonly resource: string;
    readonly state: string;
    readonly snapshotId: string;
    readonly failure?: { readonly code: string };
  }[];
}

const NAMES = ['base', 'app', 'other'] as const;

let workspace: Workspace;
afterEach(() => workspace[Symbol.asyncDispose]());

async function write(text: string): Promise<void> {
  for (const name of NAMES) {
    await mkdir(workspace.path(name), { recursive: true });
    await writeFile(workspace.path(name, 'file'), text);
  }
  await writeFile(workspace.path('value'), text);
}

async function contents(folder = ''): Promise<readonly string[]> {
  const files = NAMES.map((name) => workspace.path(folder, name, 'file'));
  return Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => 'none')));
}

function files(name: string, parts: object = {}): object {
  const log = (word: string): readonly string[] => ['sh', '-c', `echo ${word} ${name} >> ../log`];
  const hooks = { before: [log('stop')], after: [log('start')] };
  return { type: 'files', paths: [`../${name}`], restore: { hooks }, ...parts };
}

async function restore(args: readonly string[], options?: RunOptions): Promise<CliResult> {
  return workspace.run(['restore', ...args, '--json', '--key', workspace.operationsKey], options);
}

async function log(): Promise<readonly string[]> {
  return (await readFile(workspace.path('log'), 'utf8')).trim().split('\n');
}

describe.skipIf(lacks('gpg', 'strace', 'tar', 'zstd'))('a restore of several resources', () => {
  beforeEach(async () => {
    workspace = await createWorkspace({
      encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
      groups: { pair: { members: ['base', 'app'] } },
      resources: {
        app: files('app', { dependsOn: ['base'] }),
        base: files('base'),
        other: files('other'),
      },
    });
    await write('saved');
    await succeed(workspace, ['apply', '--yes']);
    await write('spoilt');
  });

  it('goes in the order of what depends on what, and comes back in reverse', async () => {
    const restored = await restore(['--all', '--in-place', '--force']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await contents()).toEqual(['saved', 'saved', 'saved']);
    const order = await log();
    expect(order.indexOf('start base')).toBeLessThan(order.indexOf('stop app'));
    const { restoreId = '' } = lastJson<Report>(restored);
    await rm(workspace.path('log'));
    await succeed(workspace, ['undo', restoreId]);
    expect(await contents()).toEqual(['spoilt', 'spoilt', 'spoilt']);
    const back = await log();
    expect(back.indexOf('start app')).toBeLessThan(back.indexOf('stop base'));
  });

  it('leaves what depends on a failed one alone, and goes on with the others', async () => {
    await rm(workspace.path('base'), { recursive: true });
    await writeFile(workspace.path('fail'), '');
    const plan = JSON.parse(await readFile(workspace.planFile, 'utf8')) as {
      resources: Record<string, object>;
    };
    plan.resources['base'] = files('base', { restore: { hooks: { before: [['false']] } } });
    await workspace.write(plan);
    const restored = await restore(['--all', '--in-place', '--force']);
    expect(restored.exitCode, restored.stderr).toBe(3);
    const report = lastJson<Report>(restored);
    const states = Object.fromEntries(report.resources.map(({ resource, state }) => [resource, state]));
    expect(states).toEqual({ app: 'skipped', base: 'failed', other: 'restored' });
    expect(await contents()).toEqual(['none', 'spoilt', 'saved']);
    await succeed(workspace, ['undo', report.restoreId ?? '']);
    expect(await contents()).toEqual(['none', 'spoilt', 'spoilt']);
  });

  it('takes the members of a group from one barrier at or before a time', async () => {
    const between = new Date().toISOString();
    await succeed(workspace, ['backup']);
    const older = await restore(['--group', 'pair', `@${between}`, '--in-place', '--force']);
    expect(older.exitCode, older.stderr).toBe(0);
    expect(await contents()).toEqual(['saved', 'saved', 'spoilt']);
    const newest = await restore(['--group', 'pair', '--to', workspace.path('out')]);
    expect(newest.exitCode, newest.stderr).toBe(0);
    expect(lastJson<Report>(newest).resources).toHaveLength(2);
    const none = await restore(['--group', 'pair', '@2020-01-01', '--to', workspace.path('never')]);
    expect(none.exitCode).toBe(9);
  });

  it('continues with what is left after a crash, with the snapshots that it had chosen', async () => {
    const args = ['--all', '--in-place', '--force'];
    let continued = 0;
    for (let n = 2; n < 100; n += 3) {
      const result = await restore(args, disturbed(['rename'], n, 'KILL'));
      if (!wasKilled(result)) break;
      // A newer snapshot of what is there by now, where something is.
      await workspace.run(['backup']);
      const other = await restore(['base', '--in-place', '--force']);
      const again = await restore(args);
      expect(again.exitCode, again.stderr).toBe(0);
      const { resources, restoreId = '' } = lastJson<Report>(again);
      if (other.exitCode === 8) {
        expect(other.stderr).toContain('RESTORE_UNFINISHED');
        expect(await contents()).toEqual(['saved', 'saved', 'saved']);
        continued += Number(resources.some(({ state }) => state === 'earlier'));
      }
      await succeed(workspace, ['undo', restoreId]);
      await succeed(workspace, ['undo', restoreId, '--discard', '--yes']);
      await rm(workspace.backups, { recursive: true });
      await write('saved');
      await succeed(workspace, ['apply', '--yes', '--init-target', 'disk']);
      await write('spoilt');
    }
    expect(continued).toBeGreaterThan(0);
  }, 300_000);
});

const CHECKED = { check: [{ command: ['grep', '-q', 'saved', '../value'] }] };
const LOADED = { load: ['sh', '-c', 'cat > ../value'], ...CHECKED };

function valueResource(): object {
  return { type: 'command', dump: ['cat', '../value'], proof: { minSize: 1 }, restore: LOADED };
}

/** With a hook that runs before anything of a restore is replaced. */
function quietBy(hook: readonly string[]): object {
  return { restore: { ...LOADED, hooks: { before: [hook] } } };
}

describe.skipIf(lacks('gpg', 'zstd'))('a restore into something that runs', () => {
  beforeEach(async () => {
    workspace = await createWorkspace({ resources: { value: valueResource() } });
    await write('saved');
    await succeed(workspace, ['apply', '--yes']);
    await write('spoilt');
  });

  const value = (): Promise<string> => readFile(workspace.path('value'), 'utf8');

  it('takes a snapshot first, pins it, and loads it again at the undo', async () => {
    const restored = await restore(['value', '--in-place', '--force']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await value()).toBe('saved');
    const { restoreId, before } = lastJson<{ restoreId: string; before: string }>(restored);
    const listed = await workspace.run(['list', 'value', '--json']);
    const { snapshots } = lastJson<{ snapshots: { id: string; label?: string; pinned?: unknown }[] }>(listed);
    const safety = snapshots.find(({ id }) => id === before);
    expect(safety?.label).toBe(`before-${restoreId}`);
    expect(safety?.pinned).toBeTruthy();
    const undone = await workspace.run(['undo', restoreId, '--key', workspace.operationsKey]);
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(await value()).toBe('spoilt');
    await succeed(workspace, ['undo', restoreId, '--discard', '--yes']);
    const after = lastJson<{ snapshots: { id: string; pinned?: unknown }[] }>(
      await workspace.run(['list', 'value', '--json']),
    );
    expect(after.snapshots.find(({ id }) => id === before)?.pinned).toBeFalsy();
  });

  it('keeps what was written until the service was quiet', async () => {
    const last = ['sh', '-c', 'printf "last words" > ../value'];
    await workspace.write({ resources: { value: { ...valueResource(), ...quietBy(last) } } });
    const restored = await restore(['value', '--in-place', '--force']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    const { restoreId } = lastJson<{ restoreId: string }>(restored);
    await workspace.write({ resources: { value: valueResource() } });
    const undone = await workspace.run(['undo', restoreId, '--key', workspace.operationsKey]);
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(await value()).toBe('last words');
  });

  it('loads nothing when the snapshot before cannot be taken, unless none is wanted', async () => {
    await rm(workspace.path('value'));
    const refused = await restore(['value', '--in-place', '--force']);
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(refused.stderr).toContain('--no-backup-existing');
    await expect(value()).rejects.toThrow('ENOENT');
    const restored = await restore(['value', '--in-place', '--force', '--no-backup-existing']);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await value()).toBe('saved');
  });
});
