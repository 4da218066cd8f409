import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { emergencyReadme } from '../../src/catalog/emergency.ts';
import { writeEvent } from '../../src/catalog/events.ts';
import { newRunId } from '../../src/catalog/ids.ts';
import { dataKey, indexKey, snapshotKey } from '../../src/catalog/keys.ts';
import { initRepository, type Repository } from '../../src/catalog/repository.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import { makePlace, openTarget } from '../support/filesystem-place.ts';
import { createKeys, type Keys } from '../support/openpgp-keys.ts';
import { lacks } from '../support/requires.ts';
import { valueOf } from '../support/results.ts';
import { fixedClock, sampleRecord } from '../support/sample-records.ts';

const FULL = '20261121t020000z-0123456789abcdef';
const OTHER = '20261123t020000z-0123456789abcdef';
const NEXT = '20261122t020000z-0123456789abcdef';

/** The commands of some numbered sections for one snapshot of the resource `files`, as a person would copy them. */
function commandsOf(id: string, ...sections: readonly number[]): string {
  const parts = emergencyReadme().split(/^(?=\d\. )/m);
  return sections
    .flatMap((section) => (parts[section] ?? '').split('\n'))
    .flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []))
    .join('\n')
    .replace(/copy=.* plan=PLAN resource=RESOURCE id=ID/, `copy=$PWD/copy plan=acme resource=files id=${id}`);
}

interface Scene {
  readonly keys: Keys;
  readonly repository: Repository;
  readonly root: string;
  readonly work: string;
}

async function createScene(): Promise<Scene> {
  const keys = await createKeys();
  const { path } = await makePlace();
  const target = await openTarget(path);
  const repository = valueOf(
    await initRepository({ target, signer: keys.signer, clock: fixedClock(), toolVersion: '0.1.0' }),
  );
  // A short path: gpg's agent listens on a socket in its home.
  const work = await mkdtemp(join(tmpdir(), 'e-'));
  onTestFinished(async () => {
    spawnSync('gpgconf', ['--homedir', join(work, 'home'), '--kill', 'all']);
    await rm(work, { recursive: true, force: true });
  });
  await mkdir(join(work, 'home'), { mode: 0o700 });
  run(work, `gpg --batch --quiet --import ${keys.privateFile}`);
  return { keys, repository, root: path, work };
}

/** With nothing but the tools that the text names. */
function run(work: string, script: string): string {
  const env = { PATH: '/usr/bin:/bin', HOME: work, GNUPGHOME: join(work, 'home'), LANG: 'C.UTF-8' };
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: work,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

interface Level {
  readonly id: string;
  /** Paths in the payload, relative to the tree. */
  readonly stored: readonly (string | Buffer)[];
  readonly index: readonly object[];
  readonly chain: SnapshotRecord['chain'];
}

async function commitLevel(
  { keys, repository, work }: Scene,
  tree: string,
  { id, stored, index, chain }: Level,
): Promise<string> {
  const place = { plan: 'acme', resource: 'files', snapshotId: id };
  const list = Buffer.concat(stored.flatMap((name) => [Buffer.from(name), Buffer.from([0])]));
  execFileSync(
    'tar',
    ['-c', '--format=posix', '-C', tree, '--no-recursion', '--null', '-T', '-', '-f', join(work, 'in.tar')],
    { input: list },
  );
  const header = { format: 'backup-plan/index@1', resource: 'files', mode: chain.mode, facts: {} };
  const lines = [header, ...index, { end: true, entries: index.length, log: [] }].map(
    (line) => `${JSON.stringify(line)}\n`,
  );
  await writeFile(join(work, 'in.ndjson'), lines.join(''));
  const data = await seal('in.tar', dataKey(place, { name: 'files', extension: 'tar', compression: 'zstd' }));
  const listed = await seal('in.ndjson', indexKey(place));
  const base = sampleRecord(repository, { ...place, key: snapshotKey(place), chain });
  const record: SnapshotRecord = {
    ...base,
    artifacts: base.artifacts.map((artifact) => ({ ...artifact, ...data })),
    index: { ...base.index, ...listed, entries: index.length },
  };
  return valueOf(await commitSnapshot({ ...keys, repository, record })).recordSha256;

  async function seal(name: string, key: string) {
    const sealer = valueOf(
      await keys.cryptography.sealer({ name: 'ops', recipients: [keys.recipientFile], engine: 'auto' }),
    );
    const path = join(work, `${name}.sealed`);
    const sealed = await sealer.seal({
      source: { kind: 'file', path: join(work, name) },
      output: { kind: 'file', path },
      compression: { type: 'zstd', level: 3 },
      signal: AbortSignal.timeout(15_000),
    });
    const { bytes, sha256, prefixes } = valueOf(sealed);
    valueOf(await repository.target.upload(key, { path, bytes, sha256 }));
    await rm(path);
    return { key, bytes, sha256, prefixes };
  }
}

const entry = (type: string, path: string | Buffer): object =>
  typeof path === 'string' ? { path, type } : { path64: path.toString('base64'), type };

async function writeTree(tree: string, files: readonly (string | Buffer)[]): Promise<void> {
  for (const name of files) {
    const path = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(name)]);
    await mkdir(dirname(path.toString('latin1')), { recursive: true });
    await writeFile(path, `content of ${Buffer.from(name).toString('hex')}`);
  }
}

async function commitFull(scene: Scene): Promise<{ tree: string; sha256: string }> {
  const tree = join(scene.work, 'first');
  const files = [
    'etc/app.conf',
    'etc/-rf',
    'etc/new\nline',
    'etc/old/a',
    'etc/swap',
    'etc/app.conf\n',
    Buffer.from('etc/\xff', 'latin1'),
  ];
  await writeTree(tree, files);
  const directories = ['etc/', 'etc/old/'];
  const index = [
    ...directories.map((path) => entry('directory', path)),
    ...files.map((path) => entry('file', path)),
  ];
  const chain: SnapshotRecord['chain'] = { mode: 'full', root: FULL, level: 0 };
  return {
    tree,
    sha256: await commitLevel(scene, tree, { id: FULL, stored: [...directories, ...files], index, chain }),
  };
}

/** What a person does first: a copy of the target, and the signer's key beside it. */
async function bringCopy({ root, work, keys }: Scene): Promise<void> {
  await cp(root, join(work, 'copy'), { recursive: true });
  await cp(keys.signerFile, join(work, 'signer.asc'));
}

describe.skipIf(lacks('gpg', 'gpgv', 'jq', 'zstd', 'tar'))(
  'the text for an emergency, followed to the letter',
  () => {
    it('lies on every target and is short enough to read', async () => {
      const { root } = await createScene();
      const text = emergencyReadme();
      expect(await readFile(join(root, 'README.txt'), 'utf8')).toBe(text);
      expect(text.split('\n').filter((line) => line.length > 130)).toEqual([]);
      expect(text.split('\n').length).toBeLessThan(105);
    });

    it('checks a record and its data, and notices when one byte differs', async () => {
      const scene = await createScene();
      await commitFull(scene);
      await bringCopy(scene);
      const said = run(scene.work, commandsOf(FULL, 1, 2));
      expect(said).toMatch(/files\.tar\.zst\.gpg: OK\n.*index\.ndjson\.zst\.gpg: OK\ntrue\n$/s);
      const record = join(scene.work, 'copy', 'acme/snapshots/files', `${FULL}.json`);
      const text = await readFile(record, 'utf8');
      await writeFile(record, text.replace(/"payload":"(.{40})../, '"payload":"$1AA'));
      expect(() => run(scene.work, commandsOf(FULL, 1, 2))).toThrow(/BAD signature/);
    });

    it('notices data that was exchanged, and a record in the wrong place', async () => {
      const scene = await createScene();
      await commitFull(scene);
      await bringCopy(scene);
      const records = join(scene.work, 'copy', 'acme/snapshots/files');
      await cp(join(records, `${FULL}.json`), join(records, `${NEXT}.json`));
      expect(() => run(scene.work, commandsOf(NEXT, 1, 2))).toThrow();
      await appendFile(join(scene.work, 'copy', 'acme/data/files', FULL, 'files.tar.zst.gpg'), 'x');
      expect(() => run(scene.work, commandsOf(FULL, 1, 2))).toThrow(/did NOT match/);
    });

    it('unpacks a full snapshot', async () => {
      const scene = await createScene();
      const { tree } = await commitFull(scene);
      await bringCopy(scene);
      run(scene.work, commandsOf(FULL, 1, 3));
      expect(run(scene.work, `diff -r --no-dereference ${tree} restored && echo same`)).toBe('same\n');
    });

    it('unpacks a chain, with what was deleted or changed its type in between', async () => {
      const scene = await createScene();
      const { tree, sha256 } = await commitFull(scene);
      const next = join(scene.work, 'second');
      run(
        scene.work,
        `cp -a ${tree} second && cd second && rm -rf -- etc/old ./etc/-rf etc/swap $'etc/new\\nline' $'etc/\\xff' $'etc/app.conf\\n'`,
      );
      await writeTree(next, ['etc/swap/inner', 'etc/fresh']);
      await symlink('app.conf', join(next, 'etc/link'));
      const stored = ['etc/', 'etc/swap/', 'etc/swap/inner', 'etc/fresh', 'etc/link'];
      const index = [
        ...['etc/', 'etc/swap/'].map((path) => entry('directory', path)),
        ...['etc/app.conf', 'etc/swap/inner', 'etc/fresh'].map((path) => entry('file', path)),
        entry('symlink', 'etc/link'),
      ];
      const chain: SnapshotRecord['chain'] = {
        mode: 'incremental',
        root: FULL,
        level: 1,
        parent: { snapshotId: FULL, recordSha256: sha256 },
      };
      await commitLevel(scene, next, { id: NEXT, stored, index, chain });
      await bringCopy(scene);
      expect(run(scene.work, commandsOf(NEXT, 1))).toBe(`${FULL} ${NEXT}\n`);
      run(scene.work, commandsOf(NEXT, 1, 3));
      expect(run(scene.work, `diff -r --no-dereference ${next} restored && echo same`)).toBe('same\n');
    });

    it('says so when a level is missing', async () => {
      const scene = await createScene();
      const { tree, sha256 } = await commitFull(scene);
      const parent = { snapshotId: FULL, recordSha256: sha256 };
      const chain = { mode: 'incremental', root: FULL, level: 1, parent } as const;
      await commitLevel(scene, tree, {
        id: NEXT,
        stored: ['etc/'],
        index: [entry('directory', 'etc/')],
        chain,
      });
      await bringCopy(scene);
      await rm(join(scene.work, 'copy', 'acme/snapshots/files', `${FULL}.json`));
      expect(() => run(scene.work, commandsOf(NEXT, 1, 2))).toThrow(new RegExp(`${FULL}.json: No such file`));
    });

    it('takes out whatever else is stored, under its own name', async () => {
      const scene = await createScene();
      await commitFull(scene);
      await bringCopy(scene);
      run(scene.work, commandsOf(FULL, 1, 5));
      expect(run(scene.work, 'tar -tf files.tar | wc -l')).toBe('9\n');
    });

    it('tells what was deleted and what waits for it', async () => {
      const scene = await createScene();
      await commitFull(scene);
      const { signer, cryptography, signerFile } = scene.keys;
      const pruner = { name: 'pruner', keyFile: signerFile, may: ['write', 'prune'] } as const;
      const base = {
        signer,
        verifier: valueOf(await cryptography.verifier([pruner])),
        repository: scene.repository,
        clock: fixedClock(),
        plan: 'acme',
        runId: newRunId(0),
        writer: 'host',
        toolVersion: '0.1.0',
      };
      const facts = { snapshotId: NEXT, resource: 'files', recordSha256: 'a'.repeat(64) };
      valueOf(await writeEvent({ ...base, event: 'gone', facts }));
      valueOf(await writeEvent({ ...base, event: 'demote', facts: { snapshotId: OTHER } }));
      await mkdir(join(scene.root, 'acme/marks', FULL), { recursive: true });
      await bringCopy(scene);
      const said = run(scene.work, commandsOf(FULL, 1, 6));
      expect(said).toContain(`deleted files ${NEXT}\n`);
      expect(said).toContain(`never use ${OTHER}\n`);
      expect(said.endsWith(`${FULL}\n`)).toBe(true);
    });
  },
);
