import { execFileSync, spawnSync } from 'node:child_process';
import {
  cp,
  link,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lacks } from '../support/requires.ts';
import { digestTree } from '../support/tree-digest.ts';
import { lastJson } from './support/cli.ts';
import type { RunDocument } from './support/snapshots.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

const LEVELS = 4;

/** What the text says is enough; of coreutils only what it uses. */
const STOCK = ['gpg', 'gpgv', 'jq', 'tar', 'zstd'] as const;
const COREUTILS = 'base64 cat comm dd ls mkdir mv rm sha256sum sort truncate'.split(' ');

async function backUp(workspace: Workspace, resource: string, mode: string): Promise<string> {
  const result = await workspace.run(['backup', resource, '--mode', mode, '--json']);
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  return lastJson<RunDocument>(result).resources[0]?.snapshotId ?? '';
}

/** The snapshots of a chain, each with what it must give back. */
interface Chain<T> {
  readonly ids: readonly string[];
  readonly expected: readonly T[];
}

async function takeChain<T>(
  workspace: Workspace,
  resource: string,
  change: (level: number) => Promise<T>,
): Promise<Chain<T>> {
  const ids: string[] = [];
  const expected: T[] = [];
  for (let level = 0; level < LEVELS; level += 1) {
    expected.push(await change(level));
    ids.push(await backUp(workspace, resource, level === 0 ? 'full' : 'incremental'));
  }
  return { ids, expected };
}

/** A machine with the keys, a copy of the target, an empty directory and stock tools: nothing of ours. */
async function cleanMachine(workspace: Workspace, key = 'escrow'): Promise<(script: string) => string> {
  // A short path: gpg's agent listens on a socket in its home.
  const machine = await mkdtemp(join(tmpdir(), 'e-'));
  const [bin, home, work] = [join(machine, 'bin'), join(machine, 'home'), join(machine, 'work')];
  onTestFinished(async () => {
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    await rm(machine, { recursive: true, force: true });
  });
  await Promise.all([bin, home, work].map((folder) => mkdir(folder, { mode: 0o700 })));
  for (const tool of [...STOCK, ...COREUTILS]) {
    const path = execFileSync('sh', ['-c', 'command -v "$0"', tool], { encoding: 'utf8' }).trim();
    await symlink(await realpath(path), join(bin, tool));
  }
  await rename(workspace.backups, join(work, 'copy'));
  await cp(workspace.path('plan', 'keys', 'writer.asc'), join(work, 'signer.asc'));
  const env = { PATH: bin, HOME: home, GNUPGHOME: home };
  const run = (script: string): string =>
    execFileSync('/bin/sh', ['-euc', script], {
      cwd: work,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  run(`gpg --batch --quiet --import '${workspace.path('private', `${key}.key`)}'`);
  return run;
}

/** The text's own lines: sections 1, 2 and the one for this kind of data, for one snapshot. */
async function recipe(
  folder: string,
  section: number,
  place: { resource: string; id: string },
): Promise<string> {
  const text = await readFile(join(folder, 'copy', 'README.txt'), 'utf8');
  const parts = text.split(/^(?=\d\. )/m);
  return [1, 2, section]
    .flatMap((number) => (parts[number] ?? '').split('\n'))
    .flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []))
    .join('\n')
    .replace(
      /copy=.* plan=PLAN resource=RESOURCE id=ID/,
      `copy=$PWD/copy plan=shop resource=${place.resource} id=${place.id}`,
    );
}

describe.skipIf(lacks('sqlite3', 'setfattr', ...STOCK))('README.txt alone brings back', () => {
  it('every level of a chain of files, to the last attribute', async () => {
    await using workspace = await createWorkspace({
      resources: { uploads: { type: 'files', paths: ['../uploads'] } },
    });
    const tree = workspace.path('uploads');
    const at = (...names: readonly string[]): string => join(tree, ...names);
    const changes: readonly (() => Promise<void>)[] = [
      async () => {
        await mkdir(at('letters', 'old'), { recursive: true });
        await writeFile(at('letters', 'ada.txt'), 'Dear Ada');
        await writeFile(at('letters', 'old', 'gone.txt'), 'to be removed');
        await writeFile(at('new\nline'), 'a name in two lines', { mode: 0o640 });
        await link(at('letters', 'ada.txt'), at('twin'));
        execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', at('letters', 'ada.txt')]);
      },
      async () => {
        await rm(at('letters', 'old'), { recursive: true });
        await writeFile(at('letters', 'old'), 'a file now');
      },
      async () => {
        await rm(at('new\nline'));
        await rm(at('letters', 'old'));
        await symlink('ada.txt', at('letters', 'old'));
      },
      async () => {
        await rename(at('letters'), at('post'));
        await writeFile(Buffer.from(`${tree}/\xff`, 'latin1'), 'not UTF-8');
      },
    ];
    await mkdir(tree);
    await workspace.run(['apply', '--yes']);
    const chain = await takeChain(workspace, 'uploads', async (level) => {
      await changes[level]?.();
      return digestTree(tree);
    });
    const run = await cleanMachine(workspace);
    for (const [level, id] of chain.ids.entries()) {
      const folder = run('pwd').trim();
      const said = run(await recipe(folder, 3, { resource: 'uploads', id }));
      expect(said.split('\n').filter((line) => line === 'true')).toHaveLength(level + 1);
      expect(digestTree(join(folder, 'restored', tree))).toEqual(chain.expected[level]);
      run('rm -rf restored');
    }
  });

  it('every level of a chain of a database, to the byte', async () => {
    await using workspace = await createWorkspace({
      resources: { orders: { type: 'sqlite', path: '../orders.db' } },
    });
    const path = workspace.path('orders.db');
    const sql = (text: string): void => void execFileSync('sqlite3', ['-bail', path], { input: text });
    const rows = (count: number): string =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(count)})
       INSERT INTO t(x) SELECT randomblob(1000) FROM n;`;
    const changes = [
      `PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB); ${rows(500)}`,
      `UPDATE t SET x = randomblob(1000) WHERE id % 50 = 0; ${rows(100)}`,
      'DELETE FROM t WHERE id > 400; VACUUM;',
      `PRAGMA journal_mode=DELETE; PRAGMA page_size=1024; VACUUM; ${rows(3)}`,
    ];
    sql(changes[0] ?? '');
    await workspace.run(['apply', '--yes']);
    const chain = await takeChain(workspace, 'orders', async (level) => {
      if (level > 0) sql(changes[level] ?? '');
      const copy = workspace.path(`level-${String(level)}.db`);
      execFileSync('sqlite3', [path, 'BEGIN; SELECT count(*) FROM sqlite_master;', `.backup main ${copy}`]);
      return readFile(copy);
    });
    for (const [level, id] of chain.ids.entries()) {
      const to = workspace.path(`restored-${String(level)}`);
      const args = ['restore', `orders@${id}`, '--to', to, '--key', workspace.operationsKey];
      const restored = await workspace.run(args);
      expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
      expect((await readFile(join(to, 'orders.db'))).equals(chain.expected[level]!)).toBe(true);
    }
    const run = await cleanMachine(workspace);
    for (const [level, id] of chain.ids.entries()) {
      const folder = run('pwd').trim();
      const said = run(await recipe(folder, 4, { resource: 'orders', id }));
      expect(said.split('\n').filter((line) => line === 'restored.db: OK')).toHaveLength(level);
      expect((await readFile(join(folder, 'restored.db'))).equals(chain.expected[level]!)).toBe(true);
      run('rm restored.db');
    }
  });

  it('whatever else was stored, and says where it was taken from', async () => {
    await using workspace = await createWorkspace({
      resources: {
        settings: { type: 'json', paths: ['../first.json', '../second.json'] },
        inventory: { type: 'command', dump: ['cat', '../list.txt'], proof: { endsWith: 'END' } },
      },
    });
    const files = { 'first.json': '{"a": 1}\n', 'second.json': '[2]', 'list.txt': 'one\ntwo\nEND' };
    for (const [name, text] of Object.entries(files)) await writeFile(workspace.path(name), text);
    const applied = await workspace.run(['apply', '--yes', '--json']);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    const ids = lastJson<RunDocument>(applied).resources.map(({ resource, snapshotId }) => [
      resource,
      snapshotId,
    ]);
    const { settings = '', inventory = '' } = Object.fromEntries(ids) as Record<string, string>;
    const run = await cleanMachine(workspace);
    const folder = run('pwd').trim();
    const said = run(await recipe(folder, 5, { resource: 'settings', id: settings }));
    expect(said).toContain(workspace.path('second.json'));
    run(await recipe(folder, 5, { resource: 'inventory', id: inventory }));
    const restored = ['document-1.json', 'document-2.json', 'output.bin'].map((name) => join(folder, name));
    expect(await Promise.all(restored.map((path) => readFile(path, 'utf8')))).toEqual(Object.values(files));
  });

  it('also for one whose key was added later', async () => {
    const resources = { inventory: { type: 'command', dump: ['printf', 'END'], proof: { endsWith: 'END' } } };
    await using workspace = await createWorkspace({ resources });
    const applied = await workspace.run(['apply', '--yes', '--json']);
    const id = lastJson<RunDocument>(applied).resources[0]?.snapshotId ?? '';
    const keys = [workspace.path('private', 'late.key'), workspace.path('plan', 'keys', 'late.asc')];
    await workspace.run(['key', 'generate', 'late', '--private', keys[0]!, '--public', keys[1]!]);
    await workspace.write({ resources, encryption: { default: { recipients: ['keys/late.asc'] } } });
    const rewrapped = await workspace.run(['key', 'rewrap', '--key', workspace.operationsKey]);
    expect(rewrapped, rewrapped.stderr).toMatchObject({ exitCode: 0 });
    const run = await cleanMachine(workspace, 'late');
    run(await recipe(run('pwd').trim(), 5, { resource: 'inventory', id }));
    expect(run('cat output.bin')).toBe('END');
  });
});
