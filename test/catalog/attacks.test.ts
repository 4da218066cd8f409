import { beforeEach, describe, expect, it } from 'vitest';
import { sealEnvelope } from '../../src/catalog/envelope.ts';
import { snapshotKey } from '../../src/catalog/keys.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { initRepository } from '../../src/catalog/repository.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Catalog, CatalogProblem } from '../../src/domain/snapshot.ts';
import { createMemoryTarget } from '../support/memory-target.ts';
import { valueOf } from '../support/results.ts';
import {
  commitSample,
  createWorld,
  fixedClock,
  sampleRecord,
  START_MS,
  type World,
} from '../support/sample-records.ts';
import { createTestSigner, createTestVerifier, type TestSigner } from '../support/signing-double.ts';

/** Somebody who can write to the target, but cannot sign. */
describe('a catalog on a target that others can write to', () => {
  let world: World;
  let honest: SnapshotRecord;

  beforeEach(async () => {
    world = await createWorld();
    honest = sampleRecord(world.repository);
    await commitSample(world, honest);
  });

  const read = (others: Partial<Parameters<typeof readCatalog>[0]> = {}): Promise<Catalog> =>
    readCatalog({
      plan: 'acme',
      repositories: [world.repository],
      unreachable: [],
      verifier: world.verifier,
      ...others,
    });
  const put = (key: string, bytes: Buffer) => world.store.objects.set(key, { bytes, modifiedMs: 0 });
  const bytesAt = (key: string) => world.store.objects.get(key)?.bytes ?? Buffer.alloc(0);
  const otherKey = (changes: Partial<Record<'plan' | 'resource' | 'snapshotId', string>> = {}) =>
    snapshotKey({
      plan: 'acme',
      resource: 'files',
      snapshotId: '20261122t020000z-0123456789abcdef',
      ...changes,
    });
  const signed = async (payload: unknown) => valueOf(await sealEnvelope(world.signer, payload));

  async function expectRefused(
    key: string,
    message: string | RegExp,
    code: CatalogProblem['code'] = 'RECORD_REJECTED',
  ): Promise<void> {
    const { snapshots, problems, read: complete } = await read();
    expect(snapshots.map(({ id, good }) => [id, good])).toEqual([[honest.snapshotId, true]]);
    expect(problems).toEqual([
      { target: 'memory', key, code, message: expect.stringMatching(message) as string },
    ]);
    // It was read, and refused: that is not the same as not read.
    expect(complete.has('memory')).toBe(true);
  }

  it('refuses a changed payload and keeps the others', async () => {
    const text = bytesAt(honest.key).toString();
    put(otherKey(), Buffer.from(text.replace(/"payload":"(.{100})../, '"payload":"$1AA')));
    await expectRefused(otherKey(), /signature|payload/);
  });

  it('refuses a record copied to another key, resource or plan', async () => {
    put(otherKey(), bytesAt(honest.key));
    await expectRefused(otherKey(), 'key does not belong');
    world.store.objects.delete(otherKey());
    put(otherKey({ resource: 'other', snapshotId: honest.snapshotId }), bytesAt(honest.key));
    await expectRefused(
      otherKey({ resource: 'other', snapshotId: honest.snapshotId }),
      'key does not belong',
    );
    const elsewhere = otherKey({ plan: 'other' });
    put(elsewhere, bytesAt(honest.key));
    const { snapshots, problems } = await read({ plan: 'other' });
    expect(snapshots).toEqual([]);
    expect(problems).toMatchObject([{ key: elsewhere, code: 'RECORD_REJECTED' }]);
  });

  it('refuses a record copied from another target or repository', async () => {
    const second = await createWorld('second', world);
    const record = sampleRecord(second.repository);
    await commitSample(second, record);
    put(record.key, second.store.objects.get(record.key)?.bytes ?? Buffer.alloc(0));
    await expectRefused(record.key, 'targetId does not belong');
    const foreign = await createWorld('foreign', {
      ...world,
      repository: { ...world.repository, repoId: 'other' },
    });
    const stranger = sampleRecord(foreign.repository, { snapshotId: record.snapshotId });
    put(record.key, await signed(stranger));
    await expectRefused(record.key, 'repoId does not belong');
  });

  it('refuses what an unknown signer, or one without the role, has signed', async () => {
    const stranger = createTestSigner();
    const record = sampleRecord(world.repository);
    put(record.key, valueOf(await sealEnvelope(stranger, record)));
    await expectRefused(record.key, 'not pinned');
    const pruneOnly = createTestVerifier([world.signer as TestSigner], ['prune']);
    const { snapshots, problems } = await read({ verifier: pruneOnly });
    expect(snapshots).toEqual([]);
    expect(problems).toHaveLength(2);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a cut record', Buffer.from('{"payload":"ey')],
    ['broken UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['deep nesting', Buffer.from('['.repeat(100_000))],
    ['a forbidden key', Buffer.from('{"__proto__":{}}')],
    ['duplicate keys', Buffer.from('{"payload":"","payload":"","signatures":[]}')],
    ['an OpenPGP message', Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n')],
  ])('quarantines %s', async (_, bytes) => {
    put(otherKey(), bytes);
    await expectRefused(otherKey(), /./);
  });

  it('does not even load what is too large for a record', async () => {
    put(otherKey(), Buffer.alloc(4 * 1024 * 1024 + 1));
    await expectRefused(otherKey(), 'too large', 'CORRUPT');
  });

  it('says no content of a refused record, so that it cannot write to a terminal', async () => {
    const record = { ...sampleRecord(world.repository), '\u001b[2J\u202e': true };
    put(record.key, await signed(record));
    await expectRefused(record.key, /^record has an unknown field$/);
  });

  it('tells a record of a newer release from an attack', async () => {
    const record = { ...sampleRecord(world.repository), version: 2, tier: 'cold' };
    put(record.key, await signed(record));
    await expectRefused(record.key, 'newer release', 'TARGET_FORMAT');
  });

  it('refuses signed records that contradict themselves', async () => {
    const base = sampleRecord(world.repository);
    const [artifact] = base.artifacts;
    const wrong: [string, object][] = [
      ['no artifacts', { artifacts: [] }],
      ['an unknown mode', { chain: { ...base.chain, mode: 'partial' } }],
      ['a level without a parent', { chain: { ...base.chain, level: 1 } }],
      ['an incremental without a parent', { chain: { ...base.chain, mode: 'incremental' } }],
      [
        'itself as parent',
        {
          chain: {
            mode: 'incremental',
            root: base.snapshotId,
            level: 1,
            parent: { snapshotId: base.snapshotId, recordSha256: 'a'.repeat(64) },
          },
        },
      ],
      ['data of another snapshot', { artifacts: [{ ...artifact, key: honest.artifacts[0]?.key }] }],
      ['one artifact twice', { artifacts: [artifact, artifact] }],
      ['a digest that is none', { artifacts: [{ ...artifact, sha256: 'F'.repeat(64) }] }],
      [
        'prefixes of other data',
        { artifacts: [{ ...artifact, prefixes: { every: 1, digests: ['a'.repeat(64)] } }] },
      ],
      ['a negative size', { artifacts: [{ ...artifact, bytes: -1 }] }],
      ['a day that does not exist', { committed: '2026-02-30T00:00:00.000Z' }],
      ['a missing field', { writer: undefined }],
      ['a partial result', { result: 'partial' }],
    ];
    for (const [what, changes] of wrong) {
      put(base.key, await signed({ ...base, ...changes }));
      const { snapshots, problems } = await read();
      expect(snapshots, what).toHaveLength(1);
      expect(problems, what).toMatchObject([{ code: 'RECORD_REJECTED', key: base.key }]);
    }
  });

  it('leaves foreign files alone and says nothing of them', async () => {
    for (const key of ['acme/notes.txt', 'acme/snapshots/files/README', 'acme/data/files/x', 'photos/a.jpg'])
      put(key, Buffer.from('x'));
    const { snapshots, problems } = await read();
    expect(snapshots).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('notices each removal in the middle of history', async () => {
    const first = await commitSample(world, sampleRecord(world.repository));
    const middle = sampleRecord(world.repository, { parents: [first] }, START_MS + 1000);
    const middleSha256 = await commitSample(world, middle);
    await commitSample(world, sampleRecord(world.repository, { parents: [middleSha256] }, START_MS + 2000));
    world.store.objects.delete(middle.key);
    expect((await read()).problems).toMatchObject([{ code: 'CATALOG_GAP', target: 'memory' }]);
  });

  it('notices by the other target that the newest records were removed or rolled back', async () => {
    const second = await createWorld('second', world);
    const newest = sampleRecord(world.repository, {}, START_MS + 1000);
    const anchor = await commitSample(world, newest);
    await commitSample(
      second,
      sampleRecord(second.repository, { anchors: { memory: anchor } }, START_MS + 2000),
    );
    const repositories = [world.repository, second.repository];
    expect((await read({ repositories })).problems).toEqual([]);
    world.store.objects.delete(newest.key);
    expect((await read({ repositories })).problems).toMatchObject([
      { code: 'CATALOG_GAP', target: 'memory' },
    ]);
    expect((await read({ repositories: [second.repository] })).problems).toEqual([]);
  });

  it('expects nothing old of a target that was made anew', async () => {
    const second = await createWorld('second', world);
    const gone = sampleRecord(world.repository, {}, START_MS + 1000);
    const anchor = await commitSample(world, gone);
    await commitSample(
      second,
      sampleRecord(second.repository, { anchors: { memory: anchor } }, START_MS + 2000),
    );
    const anew = createMemoryTarget({ objects: new Map(), nowMs: 0, exists: true }, { name: 'memory' });
    await anew.open();
    const { signer } = world;
    const clock = fixedClock(START_MS + 3000);
    const repository = valueOf(
      await initRepository({
        target: anew,
        signer,
        clock,
        toolVersion: '1',
        repoId: second.repository.repoId,
      }),
    );
    expect((await read({ repositories: [second.repository, repository] })).problems).toEqual([]);
  });

  it('refuses a target of another repository as a whole', async () => {
    const stranger = await createWorld('stranger');
    const { problems, read: complete } = await read({
      repositories: [world.repository, stranger.repository],
    });
    expect(problems).toMatchObject([{ target: 'stranger', code: 'TARGET_NOT_OURS' }]);
    expect([...complete]).toEqual(['memory']);
  });

  it('refuses a copy that names other data than the first', async () => {
    const second = await createWorld('second', world);
    const { repoId, targetId } = second.repository;
    const twin = { ...honest, repoId, targetId, consistentAt: '2026-11-20T00:00:00.000Z' };
    await commitSample(second, twin);
    const { snapshots, problems } = await read({ repositories: [world.repository, second.repository] });
    expect(snapshots).toMatchObject([{ id: honest.snapshotId, copies: [{ target: 'memory' }] }]);
    expect(problems).toMatchObject([{ target: 'second', code: 'RECORD_REJECTED' }]);
  });
});

describe('a listing that fails', () => {
  it.each([0, 1])('at page %i is no empty catalog', async (failAtPage) => {
    const world = await createWorld();
    for (let index = 0; index < 5; index += 1)
      await commitSample(world, sampleRecord(world.repository, {}, START_MS + index));
    const target = createMemoryTarget(world.store, { name: 'memory', pageSize: 3, failAtPage });
    await target.open();
    const catalog = await readCatalog({
      plan: 'acme',
      repositories: [{ ...world.repository, target }],
      unreachable: [],
      verifier: world.verifier,
    });
    expect(catalog.read.size).toBe(0);
    expect(catalog.problems[0]).toMatchObject({ code: 'TARGET_UNREACHABLE', target: 'memory' });
  });
});
