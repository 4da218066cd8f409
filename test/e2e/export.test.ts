import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { lacks } from '../support/requires.ts';
import { tarOf } from '../support/tar-archive.ts';
import { digestTree } from '../support/tree-digest.ts';
import { lastJson } from './support/cli.ts';
import type { FailureDocument, RunDocument } from './support/snapshots.ts';
import { createWorkspace, filesBelow, type Workspace } from './support/workspace.ts';

interface ExportDocument {
  readonly format: string;
  readonly chain: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  readonly target: string;
}

const PLAN = {
  targets: {
    disk: { type: 'filesystem', path: '../backups' },
    second: { type: 'filesystem', path: '../second' },
  },
  state: 'disk',
  defaults: {
    schedule: 'nightly',
    retention: 'standard',
    encryption: 'default',
    targets: ['disk', 'second'],
  },
  resources: { uploads: { type: 'files', paths: ['../uploads'] } },
};

describe.skipIf(lacks('gpg', 'zstd', 'tar', 'jq', 'setfattr'))('an exported snapshot', () => {
  let workspace: Workspace;
  let tree: string;
  /** Full, incremental, incremental. */
  const ids: string[] = [];
  const trees: (readonly string[])[] = [];

  beforeAll(async () => {
    workspace = await createWorkspace(PLAN);
    tree = workspace.path('uploads');
    await mkdir(tree);
    for (const level of [0, 1, 2]) {
      await writeFile(join(tree, `file-${String(level)}`), `content ${String(level)}`);
      if (level === 2) await rm(join(tree, 'file-0'));
      trees.push(digestTree(tree));
      const command = level === 0 ? ['apply', '--yes'] : ['backup', 'uploads', '--mode', 'incremental'];
      const run = await workspace.run([...command, '--json']);
      expect(run, run.stderr).toMatchObject({ exitCode: 0 });
      ids.push(lastJson<RunDocument>(run).resources[0]?.snapshotId ?? '');
    }
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  let exports = 0;
  async function exported(reference = 'uploads'): Promise<{ file: string; document: ExportDocument }> {
    const file = workspace.path(`export-${String((exports += 1))}.tar`);
    const run = await workspace.run(['export', reference, '-o', file, '--json']);
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    return { file, document: lastJson<ExportDocument>(run) };
  }

  const planless = (file: string) => [
    '--target',
    file,
    '--signer',
    workspace.path('plan', 'keys', 'writer.asc'),
  ];
  const key = () => ['--key', workspace.operationsKey];

  it('holds the whole chain, its records and nothing else', async () => {
    const { file, document } = await exported();
    expect(document).toMatchObject({ format: 'backup-plan/export@1.0', chain: ids, target: 'disk' });
    const names = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trimEnd().split('\n');
    const expected = ids.flatMap((id) => [
      `shop/snapshots/uploads/${id}.json`,
      `shop/data/uploads/${id}/files.tar.zst.gpg`,
      `shop/data/uploads/${id}/index.ndjson.zst.gpg`,
    ]);
    expect(names.sort()).toEqual(['README.txt', 'repo.json', ...expected].sort());
    expect(document.objects).toBe(names.length);
    expect((await readFile(file)).length).toBe(document.bytes);
  });

  it('of a full one holds that one alone', async () => {
    const { document } = await exported(`uploads@${ids[0] ?? ''}`);
    expect(document.chain).toEqual(ids.slice(0, 1));
  });

  it('is listed, shown, verified and read without a plan', async () => {
    const { file } = await exported();
    const list = await workspace.run(['list', '--json', ...planless(file)]);
    expect(list, list.stderr).toMatchObject({ exitCode: 0 });
    expect(list.stderr).toBe('');
    expect(lastJson<{ snapshots: { id: string }[] }>(list).snapshots.map(({ id }) => id)).toEqual(ids);
    const files = await workspace.run(['show', 'uploads', '--files', ...planless(file), ...key()]);
    expect(files, files.stderr).toMatchObject({ exitCode: 0 });
    expect(files.stdout).toContain('uploads/file-2');
    const verified = await workspace.run(['verify', '--level', 'decrypt', ...planless(file), ...key()]);
    expect(verified, verified.stderr).toMatchObject({ exitCode: 0 });
    const path = join(tree, 'file-1').slice(1);
    const cat = await workspace.run(['cat', 'uploads', path, ...planless(file), ...key()]);
    expect(cat, cat.stderr).toMatchObject({ exitCode: 0, stdout: 'content 1' });
  });

  it.each([
    ['with the plan', (file: string) => ['--from', file]],
    ['with the plan, as a target', (file: string) => ['--target', file]],
    ['without a plan', planless],
    ['without a plan, by --from', (file: string) => ['--from', ...planless(file).slice(1)]],
  ])('is restored %s', async (name, how) => {
    const { file } = await exported();
    const to = workspace.path(`restored ${name}`);
    const restored = await workspace.run(['restore', 'uploads', '--to', to, ...how(file), ...key()]);
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    expect(digestTree(join(to, tree))).toEqual(trees[2]);
  });

  it('streams to stdout the same archive, and says so on stderr', async () => {
    const { file } = await exported();
    const streamed = workspace.path('streamed.tar');
    const under = ['sh', '-c', 'exec "$@" > "$0"', streamed];
    const result = await workspace.run(['export', 'uploads', '-o', '-'], { under });
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toContain('exported to stdout');
    expect((await readFile(streamed)).equals(await readFile(file))).toBe(true);
  });

  it('is unpacked and brought back by README.txt and stock tools alone', async () => {
    const { file } = await exported();
    // A short path: gpg's agent listens on a socket in its home.
    const machine = await mkdtemp(join(tmpdir(), 'x-'));
    onTestFinished(async () => {
      spawnSync('gpgconf', ['--homedir', machine, '--kill', 'all']);
      await rm(machine, { recursive: true, force: true });
    });
    const sh = (script: string) =>
      execFileSync('sh', ['-euc', script], {
        cwd: machine,
        env: { PATH: process.env['PATH'] ?? '', HOME: machine, GNUPGHOME: machine },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    sh(
      `mkdir copy; tar -xf '${file}' -C copy; cp '${workspace.path('plan', 'keys', 'writer.asc')}' signer.asc`,
    );
    sh(`gpg --batch --quiet --import '${workspace.path('private', 'escrow.key')}'`);
    const text = await readFile(join(machine, 'copy', 'README.txt'), 'utf8');
    const lines = text
      .split(/^(?=\d\. )/m)
      .slice(1, 4)
      .flatMap((part) => part.split('\n'))
      .flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []))
      .join('\n')
      .replace(/copy=.* id=ID/, `copy=$PWD/copy plan=shop resource=uploads id=${ids[2] ?? ''}`);
    expect(sh(lines).match(/: OK$/gm)).toHaveLength(6);
    expect(digestTree(join(machine, 'restored', tree))).toEqual(trees[2]);
  });

  it('never overwrites', async () => {
    const file = workspace.path('taken.tar');
    await writeFile(file, 'mine');
    const run = await workspace.run(['export', 'uploads', '-o', file, '--json']);
    expect(run.exitCode).toBe(8);
    expect(lastJson<FailureDocument>(run)).toMatchObject({ code: 'DESTINATION_REFUSED' });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('comes from another target where a copy is damaged, and leaves no part where all are', async () => {
    const damaged = (target: string) =>
      workspace.path(target, 'shop', 'data', 'uploads', ids[1] ?? '', 'files.tar.zst.gpg');
    const bytes = await readFile(damaged('backups'));
    const wrong = Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)));
    await writeFile(damaged('backups'), wrong);
    try {
      const { document } = await exported();
      expect(document.target).toBe('second');
      await writeFile(damaged('second'), wrong);
      const file = workspace.path('none.tar');
      const run = await workspace.run(['export', 'uploads', '-o', file, '--json']);
      expect(run.exitCode).toBe(5);
      expect(lastJson<FailureDocument>(run)).toMatchObject({ code: 'CORRUPT' });
      expect(await readdir(workspace.folder)).not.toContain('none.tar');
    } finally {
      await writeFile(damaged('backups'), bytes);
      await writeFile(damaged('second'), bytes);
    }
  });

  it.each([
    ['to stdout together with --json', ['-o', '-', '--json'], 64],
    ['of a resource that nobody knows', ['-o', 'x.tar'], 9],
    ['to a folder that is not there', ['-o', 'none/x.tar'], 3],
  ])('is refused %s', async (_, args, exitCode) => {
    const reference = exitCode === 9 ? 'nothing' : 'uploads';
    expect((await workspace.run(['export', reference, ...args])).exitCode).toBe(exitCode);
  });

  it('ends without a stack trace where its reader stops', async () => {
    const under = ['bash', '-c', '"$@" | exec 0<&-; exit "${PIPESTATUS[0]}"', 'bash'];
    const run = await workspace.run(['export', 'uploads', '-o', '-'], { under });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('TARGET_IO');
    expect(run.stderr).not.toContain('    at ');
  });

  it('is believed only as far as its signatures go', async () => {
    const { file } = await exported();
    const bytes = await readFile(file);
    const at = bytes.indexOf('"payload":"') + 40;
    bytes.writeUInt8(bytes.readUInt8(at) === 0x41 ? 0x42 : 0x41, at);
    const forged = workspace.path('forged.tar');
    await writeFile(forged, bytes);
    const to = workspace.path('restored-forged');
    const run = await workspace.run(['restore', 'uploads', '--to', to, '--from', forged, ...key()]);
    expect(run.exitCode).not.toBe(0);
    expect(await filesBelow(to)).toEqual([]);
  });

  it('is refused as a whole where somebody else packed it', async () => {
    const file = workspace.path('hostile.tar');
    const marker = await readFile(join(workspace.backups, 'repo.json'));
    await writeFile(
      file,
      tarOf([
        { name: 'repo.json', content: marker },
        { name: '../x', content: marker },
      ]),
    );
    const run = await workspace.run(['list', '--json', ...planless(file)]);
    expect(lastJson<FailureDocument>(run)).toMatchObject({ code: 'TARGET_UNSAFE' });
  });
});
