import { describe, expect, it } from 'vitest';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { sealEnvelope } from '../../src/catalog/envelope.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { failure } from '../../src/domain/failure.ts';
import type { Target } from '../../src/domain/target.ts';
import { Crash, faultyTarget, type Fault } from '../support/faulty-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { commitSample, createWorld, putData, sampleRecord, type World } from '../support/sample-records.ts';

const catalogOf = ({ repository, verifier }: World) =>
  readCatalog({ plan: 'acme', repositories: [repository], unreachable: [], verifier });

function through(world: World, target: Target): World {
  return { ...world, repository: { ...world.repository, target } };
}

describe('committing a snapshot', () => {
  it('makes it appear, good', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    const recordSha256 = await commitSample(world, record);
    const { snapshots, problems } = await catalogOf(world);
    expect(problems).toEqual([]);
    expect(snapshots).toMatchObject([
      { id: record.snapshotId, good: true, copies: [{ target: 'memory', state: 'present', recordSha256 }] },
    ]);
  });

  it('may be repeated with the same record', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    const recordSha256 = await commitSample(world, record);
    expect(valueOf(await commitSnapshot({ ...world, record }))).toMatchObject({ recordSha256 });
  });

  it('conflicts with another record under its key, which stays as it was', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await commitSample(world, record);
    const before = world.store.objects.get(record.key)?.bytes;
    expect(failureIn(await commitSnapshot({ ...world, record: { ...record, durationMs: 11 } })).code).toBe(
      'TARGET_CONFLICT',
    );
    expect(world.store.objects.get(record.key)?.bytes).toBe(before);
  });

  it('refuses where something unsigned has its key', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    await world.repository.target.create(record.key, Buffer.from('{}'));
    expect(failureIn(await commitSnapshot({ ...world, record })).code).toBe('RECORD_REJECTED');
  });

  it.each([0, 1])('refuses when object %i that it names is absent or of another size', async (which) => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    const key = [...record.artifacts, record.index][which]?.key ?? '';
    world.store.objects.set(key, { bytes: Buffer.from('short'.slice(0, 3)), modifiedMs: 0 });
    expect(failureIn(await commitSnapshot({ ...world, record })).code).toBe('CORRUPT');
    world.store.objects.delete(key);
    expect(failureIn(await commitSnapshot({ ...world, record })).code).toBe('CORRUPT');
    expect(world.store.objects.has(record.key)).toBe(false);
  });

  it('treats a record that no reader would accept as a bug', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await expect(commitSnapshot({ ...world, record: { ...record, targetId: 'other' } })).rejects.toThrow(
      'another target',
    );
    await expect(commitSnapshot({ ...world, record: { ...record, plan: 'other' } })).rejects.toThrow(
      'names another snapshot',
    );
  });
});

it('a second attempt keeps the record of the first, with its time', async () => {
  const world = await createWorld();
  const record = sampleRecord(world.repository);
  const recordSha256 = await commitSample(world, record);
  const again = { ...record, committed: '2026-11-21T02:00:05.000Z' };
  expect(valueOf(await commitSnapshot({ ...world, record: again }))).toMatchObject({ recordSha256 });
});

describe('a lost reply', () => {
  const create: Fault = { at: 0, moment: 'after', only: ['create'] };

  it('of a creation that took effect is a success', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    expect(
      (await commitSnapshot({ ...through(world, faultyTarget(world.repository.target, create)), record })).ok,
    ).toBe(true);
  });

  it('of one that did not is a failure', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    const target = faultyTarget(world.repository.target, { ...create, moment: 'before' });
    expect(failureIn(await commitSnapshot({ ...through(world, target), record })).code).toBe(
      'TARGET_UNREACHABLE',
    );
  });

  it('is no excuse for a disk that reports an error: what can be read may not last', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    const target = faultyTarget(world.repository.target, {
      ...create,
      failure: failure('TARGET_IO', 'fsync failed'),
    });
    expect(failureIn(await commitSnapshot({ ...through(world, target), record })).code).toBe('TARGET_IO');
    expect((await commitSnapshot({ ...world, record })).ok).toBe(true);
  });

  it('is not believed when the store changed the bytes', async () => {
    const world = await createWorld();
    const record = sampleRecord(world.repository);
    await putData(world, record);
    const forged = valueOf(await sealEnvelope(world.signer, { ...record, durationMs: 99 }));
    const target: Target = {
      ...world.repository.target,
      create: (key) => world.repository.target.create(key, forged),
    };
    expect(failureIn(await commitSnapshot({ ...through(world, target), record })).code).toBe('CORRUPT');
  });
});

describe('a crash at any operation of the write order', () => {
  const CRASHES = Array.from({ length: 8 }, (_, at) => [
    { at, moment: 'before' as const },
    { at, moment: 'after' as const },
  ]).flat();

  async function backup(world: World, record: ReturnType<typeof sampleRecord>): Promise<void> {
    for (const { key } of record.artifacts)
      valueOf(await world.repository.target.create(key, Buffer.from('ciphertext')));
    valueOf(await world.repository.target.create(record.index.key, Buffer.from('index')));
    valueOf(await commitSnapshot({ ...world, record }));
  }

  it.each(CRASHES)(
    'leaves old snapshots, and either the whole new one or nothing of it: %o',
    async (crash) => {
      const world = await createWorld();
      const old = sampleRecord(world.repository);
      const oldSha256 = await commitSample(world, old);
      const record = sampleRecord(
        world.repository,
        { parents: [oldSha256] },
        Date.parse('2026-11-22T02:00:00Z'),
      );
      const faulty = faultyTarget(world.repository.target, { ...crash, crash: true });
      const died = await backup(through(world, faulty), record).then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );

      const after = await catalogOf(world);
      expect(after.problems).toEqual([]);
      expect(after.snapshots.every(({ good }) => good)).toBe(true);
      const isCommitted = after.snapshots.some(({ id }) => id === record.snapshotId);
      expect(after.snapshots.map(({ id }) => id)).toEqual(
        isCommitted ? [old.snapshotId, record.snapshotId] : [old.snapshotId],
      );
      if (!died) expect(isCommitted).toBe(true);

      const next = sampleRecord(
        world.repository,
        { parents: [oldSha256] },
        Date.parse('2026-11-22T02:10:00Z'),
      );
      await backup(world, next);
      const end = await catalogOf(world);
      expect(end.problems).toEqual([]);
      expect(end.snapshots.at(-1)).toMatchObject({ id: next.snapshotId, good: true });
    },
  );

  it('covers every operation', async () => {
    const world = await createWorld();
    const target = faultyTarget(world.repository.target, { at: Infinity, moment: 'before' });
    await backup(through(world, target), sampleRecord(world.repository));
    expect(target.calls()).toBeLessThanOrEqual(CRASHES.length / 2);
    expect(target.calls()).toBeGreaterThanOrEqual(6);
  });
});
