import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeTools, type FakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import type { CliResult } from './support/cli.ts';
import { backUp, contentOf, type GoodSnapshot } from './support/snapshots.ts';
import { createWorkspace, filesBelow, recordsIn, type Workspace } from './support/workspace.ts';

type Damage = (bytes: Buffer) => Buffer;

const flipAt =
  (where: (length: number) => number): Damage =>
  (bytes) => {
    const flipped = Buffer.from(bytes);
    const at = where(bytes.length);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
    return flipped;
  };

/** Offsets in an OpenPGP message of two recipients: packet headers, key ids, keys, body, end. */
const REGIONS: Readonly<Record<string, Damage>> = {
  'the first packet header': flipAt(() => 0),
  'the length of the first key packet': flipAt(() => 1),
  'the version of the first key packet': flipAt(() => 2),
  'the key id': flipAt(() => 5),
  'the encrypted session key': flipAt(() => 60),
  'the second key packet': flipAt(() => 120),
  'the header of the data packet': flipAt((length) => Math.min(192, length - 1)),
  'the first part of the body': flipAt((length) => Math.floor(length * 0.75)),
  'the last part of the body': flipAt((length) => length - 25),
  'the modification code': flipAt((length) => length - 1),
  'an early end': (bytes) => bytes.subarray(0, bytes.length - 1),
  'an end in the first packet': (bytes) => bytes.subarray(0, 40),
  'nothing at all': () => Buffer.alloc(0),
  'garbage at the end': (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
  'a second message at the end': (bytes) => Buffer.concat([bytes, bytes]),
};

describe.skipIf(lacks('gpg', 'zstd'))('a damaged target', () => {
  let tools: FakeTools;
  let workspace: Workspace;
  let first: GoodSnapshot;
  let second: GoodSnapshot;
  beforeAll(async () => {
    tools = await createFakeTools(['dump']);
    workspace = await createWorkspace();
    first = await backUp(workspace, tools, 'first ');
    second = await backUp(workspace, tools, 'other ');
  });
  afterAll(async () => {
    await tools.close();
    await workspace[Symbol.asyncDispose]();
  });

  const file = (...segments: readonly string[]): string => join(workspace.backups, ...segments);
  const bundleOf = ({ id }: GoodSnapshot): string => file('shop', 'data', 'export', id, 'output.bin.zst.gpg');
  const indexOf = ({ id }: GoodSnapshot): string =>
    file('shop', 'data', 'export', id, 'index.ndjson.zst.gpg');
  const recordOf = ({ id }: GoodSnapshot): string => file('shop', 'snapshots', 'export', `${id}.json`);

  /** Runs `work` while a file is damaged; afterwards it is as before. */
  async function damaged(path: string, damage: Damage, work: () => Promise<void>): Promise<void> {
    const bytes = await readFile(path);
    await writeFile(path, damage(bytes));
    try {
      await work();
    } finally {
      await writeFile(path, bytes);
    }
  }

  /** A restore that must fail and leave nothing beside or at its destination. */
  async function expectNoRestore(reference: string): Promise<CliResult> {
    const before = await readdir(workspace.folder);
    const restored = await workspace.run([
      'restore',
      reference,
      '--to',
      workspace.path('restored'),
      '--key',
      workspace.operationsKey,
    ]);
    expect(restored.exitCode, restored.stdout).toBeGreaterThan(1);
    expect(await readdir(workspace.folder)).toEqual(before);
    expect(await filesBelow(workspace.scratch)).toEqual([]);
    return restored;
  }

  it.each(Object.entries(REGIONS))('is found out: %s of a bundle', async (_, damage) => {
    await damaged(bundleOf(second), damage, async () => {
      const verified = await workspace.run(['verify', '--level', 'checksum', `export@${second.id}`]);
      expect(verified.exitCode, verified.stdout).toBe(5);
      expect(verified.stdout).toContain(`${second.id} on disk`);
      const restored = await expectNoRestore(`export@${second.id}`);
      expect(restored.exitCode).toBe(5);
    });
  });

  it.each(['the first packet header', 'the last part of the body', 'an early end', 'garbage at the end'])(
    'is found out: %s of an index',
    async (region) => {
      await damaged(indexOf(second), REGIONS[region] ?? ((bytes) => bytes), async () => {
        expect((await workspace.run(['verify', '--level', 'checksum'])).exitCode).toBe(5);
        expect((await expectNoRestore(`export@${second.id}`)).exitCode).toBe(5);
      });
    },
  );

  it.each<[string, Damage]>([
    ['its first byte', flipAt(() => 0)],
    ['its payload', flipAt(() => 200)],
    ['its signature', flipAt((length) => length - 40)],
    ['its last byte', flipAt((length) => length - 1)],
    ['its end', (bytes) => bytes.subarray(0, bytes.length - 20)],
    ['what follows it', (bytes) => Buffer.concat([bytes, Buffer.from('{}')])],
    ['all of it', () => Buffer.alloc(0)],
  ])('does not believe a record when %s was changed', async (_, damage) => {
    await damaged(recordOf(second), damage, async () => {
      const verified = await workspace.run(['verify', '--level', 'checksum']);
      expect(verified.exitCode, verified.stdout + verified.stderr).toBe(5);
      await expectNoRestore(`export@${second.id}`);
      expect(await contentOf(workspace, first.id)).toBe(first.content);
    });
  });

  it.each<[string, Damage]>([
    ['its payload', flipAt(() => 60)],
    ['its signature', flipAt((length) => length - 40)],
    ['its end', (bytes) => bytes.subarray(0, bytes.length - 20)],
  ])('is not taken for ours when %s of the marker was changed', async (_, damage) => {
    await damaged(file('repo.json'), damage, async () => {
      const verified = await workspace.run(['verify']);
      expect(verified.exitCode).toBeGreaterThan(1);
      await expectNoRestore('export');
      const records = await recordsIn(workspace.backups);
      const written = await workspace.run(['backup'], { tools: tools.binDirectory });
      expect(written.exitCode).toBeGreaterThan(1);
      expect(await recordsIn(workspace.backups)).toEqual(records);
    });
  });

  it('does not believe a bundle of another snapshot', async () => {
    const other = await readFile(bundleOf(first));
    await damaged(
      bundleOf(second),
      () => other,
      async () => {
        expect((await workspace.run(['verify', '--level', 'checksum'])).exitCode).toBe(5);
        expect((await expectNoRestore(`export@${second.id}`)).exitCode).toBe(5);
      },
    );
  });

  it('does not believe a record in the place of another', async () => {
    const other = await readFile(recordOf(first));
    await damaged(
      recordOf(second),
      () => other,
      async () => {
        expect((await workspace.run(['verify'])).exitCode).toBe(5);
        await expectNoRestore(`export@${second.id}`);
      },
    );
  });

  it('says that the data of a record is missing', async () => {
    const bytes = await readFile(bundleOf(second));
    await rm(bundleOf(second));
    const verified = await workspace.run(['verify', '--level', 'record']);
    expect(verified.exitCode).toBe(5);
    await expectNoRestore(`export@${second.id}`);
    await writeFile(bundleOf(second), bytes, { mode: 0o600 });
    expect((await workspace.run(['verify', '--level', 'checksum'])).exitCode).toBe(0);
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('a damaged copy', () => {
  it.each<[string, (target: string, id: string) => Promise<void>]>([
    [
      'is damaged',
      async (target, id) => {
        const bundle = join(target, 'shop', 'data', 'export', id, 'output.bin.zst.gpg');
        await writeFile(bundle, flipAt((length) => length - 30)(await readFile(bundle)));
      },
    ],
    ['is missing', (target, id) => rm(join(target, 'shop', 'data', 'export', id), { recursive: true })],
    ['is unreachable', (target) => rm(target, { recursive: true })],
  ])('is replaced by the one on the other target when it %s', async (_, harm) => {
    await using tools = await createFakeTools(['dump']);
    await using workspace = await createWorkspace({
      state: 'disk',
      targets: {
        disk: { type: 'filesystem', path: '../backups' },
        spare: { type: 'filesystem', path: '../spare' },
      },
      defaults: {
        schedule: 'nightly',
        retention: 'standard',
        encryption: 'default',
        targets: ['disk', 'spare'],
      },
    });
    const good = await backUp(workspace, tools, 'twice ');
    await harm(workspace.backups, good.id);
    const to = workspace.path('restored');
    const restored = await workspace.run(['restore', 'export', '--to', to, '--key', workspace.operationsKey]);
    expect(restored.exitCode, restored.stderr).toBe(0);
    expect(await readFile(join(to, 'export'), 'utf8')).toBe(good.content);
    expect(restored.stderr).toContain('disk');
    expect(restored.stdout).toContain('from spare');
  });
});
