import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId, newSnapshotId } from '../../../src/catalog/ids.ts';
import {
  checkpointKey,
  intentKey,
  leaseKey,
  markKey,
  overlayKey,
  packKey,
} from '../../../src/catalog/keys.ts';
import { collectLeftovers, type Collected } from '../../../src/catalog/prune/collect.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import { findLeftovers } from '../../../src/catalog/prune/leftovers.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { commitSnapshot } from '../../../src/catalog/commit.ts';
import { failure } from '../../../src/domain/failure.ts';
import type { Leftover, PruneChain } from '../../../src/domain/prune-plan.ts';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import { failed, ok } from '../../../src/domain/result.ts';
import type { Target } from '../../../src/domain/target.ts';
import { faultyTarget } from '../../support/faulty-target.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import {
  catalogOf,
  catalogSeenBy,
  commitPruneChain,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  PLAN,
  pruneContext,
  type PruneWorld,
} from '../../support/prune-world.ts';
import {
  commitSample,
  INDEX,
  PAYLOAD,
  putData,
  sampleRecord,
  START_MS,
} from '../../support/sample-records.ts';

let world: PruneWorld;
let live: PruneChain;

beforeEach(async () => {
  world = await createPruneWorld();
  live = await commitPruneChain(world, { levels: 2 });
});

const find = async (): Promise<readonly Leftover[]> =>
  valueOf(
    await findLeftovers({
      repository: world.repository,
      plan: PLAN,
      catalog: await catalogOf(world),
      nowStoreMs: world.store.nowMs,
    }),
  );
const collect = async (leftovers: readonly Leftover[], target?: Target): Promise<Collected> =>
  valueOf(await collectLeftovers(pruneContext(world, target === undefined ? {} : { target }), leftovers));
const kinds = async (): Promise<string[]> => (await find()).map(({ kind }) => kind).sort();
const put = async (key: string, bytes = 'x'): Promise<void> => {
  valueOf(await world.repository.target.create(key, Buffer.from(bytes)));
};

async function orphan(): Promise<SnapshotRecord> {
  const record = sampleRecord(world.repository, { snapshotId: newSnapshotId(START_MS + DAY_MS) });
  await putData(world, record);
  return record;
}

describe('leftovers', () => {
  it('are none of a whole repository, however old', async () => {
    world.advance(1000 * DAY_MS);
    expect(await find()).toEqual([]);
  });

  it('are data, index and key packets without a record, once they are older than a week', async () => {
    const record = await orphan();
    await put(
      overlayKey(
        { plan: PLAN, resource: 'files', snapshotId: record.snapshotId },
        'files',
        newRunId(START_MS),
      ),
    );
    world.advance(7 * DAY_MS);
    expect(await find()).toEqual([]);
    world.advance(1);
    expect(await kinds()).toEqual(['data', 'index', 'keys']);
    expect(await collect(await find())).toEqual({
      objects: 3,
      bytes: PAYLOAD.length + INDEX.length + 1,
      refused: 0,
    });
    expect(keysIn(world, record.snapshotId)).toEqual([]);
    expect((await catalogOf(world)).snapshots.map(({ good }) => good)).toEqual([true, true]);
  });

  it('are checkpoints, with their packs, once two newer ones have been there for a day', async () => {
    const ids = [1, 2, 3].map((second) => newRunId(START_MS + second * 1000));
    for (const id of ids) {
      await put(checkpointKey(PLAN, id));
      await put(packKey(PLAN, id));
    }
    expect(await find()).toEqual([]);
    world.advance(DAY_MS + 1);
    const found = await find();
    expect(found.map(({ key }) => key)).toEqual([checkpointKey(PLAN, ids[0]!), packKey(PLAN, ids[0]!)]);
    expect(await collect(found)).toMatchObject({ objects: 2 });
    expect(await find()).toEqual([]);
  });

  it('are never data of a record, not even of one that is refused', async () => {
    const record = await orphan();
    world.store.objects.set(record.key, { bytes: Buffer.from('{}'), modifiedMs: 0 });
    world.advance(8 * DAY_MS);
    expect(await find()).toEqual([]);
  });

  it('are not the parts of an upload that says it is still running', async () => {
    const { snapshotId } = await orphan();
    await put(`tmp/${newRunId(START_MS)}/${snapshotId}.files.gpg`);
    world.advance(8 * DAY_MS);
    await put(intentKey(PLAN, snapshotId, newRunId(START_MS)));
    expect(await find()).toEqual([]);
    world.advance(HOUR_MS);
    expect(await kinds()).toEqual(['data', 'index', 'staging']);
  });

  it('are staging folders of which every file is old, and what says whose they are goes last', async () => {
    const [old, young] = [newRunId(START_MS), newRunId(START_MS + 1)];
    for (const file of ['owner', 'p1.gpg', 'z.gpg']) await put(`tmp/${old}/${file}`);
    await put(`tmp/${young}/a.gpg`);
    world.advance(8 * DAY_MS);
    await put(`tmp/${young}/b.gpg`);
    expect((await find()).map(({ key }) => key)).toEqual([
      `tmp/${old}/p1.gpg`,
      `tmp/${old}/z.gpg`,
      `tmp/${old}/owner`,
    ]);
    expect(await collect(await find())).toMatchObject({ objects: 3 });
    expect(keysIn(world, 'tmp/')).toHaveLength(2);
  });

  it('are intents and probes older than a day, and no other lease', async () => {
    await put(intentKey(PLAN, live.root, newRunId(START_MS)));
    await put(leaseKey(PLAN, 'probe-1'));
    await put(leaseKey(PLAN, 'apply'));
    world.advance(DAY_MS);
    expect(await find()).toEqual([]);
    world.advance(1);
    expect(await kinds()).toEqual(['intent', 'lease']);
    expect(await collect(await find())).toMatchObject({ objects: 2 });
    expect(keysIn(world, '/lease/')).toEqual([leaseKey(PLAN, 'apply')]);
  });

  it('are marks of what is gone, and marks that were cancelled', async () => {
    const gone = await commitPruneChain(world, { levels: 1, atMs: START_MS + DAY_MS });
    const condemnation = pruneContext(world);
    valueOf(await condemnChain(condemnation, gone));
    valueOf(await condemnChain(pruneContext(world), live));
    valueOf(await sweepChain(pruneContext(world), gone));
    world.advance(DAY_MS + 1);
    const markOfGone = markKey(PLAN, gone.root, condemnation.runId);
    expect((await find()).map(({ key }) => key)).toEqual([markOfGone]);
    valueOf(await reprieveChain(pruneContext(world), live));
    expect(await kinds()).toEqual(['mark', 'mark', 'mark']);
    expect(await collect(await find())).toMatchObject({ objects: 3 });
    expect((await catalogOf(world)).snapshots.map(({ good }) => good)).toEqual([true, true]);
  });

  it('are records that a prune had deleted, at once', async () => {
    const gone = await commitPruneChain(world, { levels: 1, atMs: START_MS + DAY_MS });
    const key = gone.members[0]?.recordKey ?? '';
    const record = world.store.objects.get(key);
    valueOf(await sweepChain(pruneContext(world), gone));
    if (record !== undefined) world.store.objects.set(key, record);
    expect(await find()).toMatchObject([{ kind: 'record', key }]);
    expect(await collect(await find())).toMatchObject({ objects: 1 });
    expect((await catalogOf(world)).problems).toEqual([]);
  });

  it('are not looked for on a target that was not read in full', async () => {
    await orphan();
    world.advance(8 * DAY_MS);
    const target = faultyTarget(world.repository.target, { at: 0, moment: 'before', only: ['get'] });
    const repository = { ...world.repository, target };
    const catalog = await catalogSeenBy(world.verifier, [{ ...world, repository }]);
    const found = await findLeftovers({ repository, plan: PLAN, catalog, nowStoreMs: world.store.nowMs });
    expect(valueOf(found)).toEqual([]);
  });

  it('fail to be found where a folder cannot be listed', async () => {
    const target = faultyTarget(world.repository.target, { at: 3, moment: 'before', only: ['list'] });
    const request = { plan: PLAN, catalog: await catalogOf(world), nowStoreMs: world.store.nowMs };
    expect(
      failureIn(await findLeftovers({ ...request, repository: { ...world.repository, target } })).code,
    ).toBe('TARGET_UNREACHABLE');
  });

  it.each([
    'acme/data/files/README',
    'acme/data/files/20261121t020000z-0000000000000000/notes.txt',
    'acme/data/x.gpg',
    'acme/other/file.json',
    'acme/marks/20261121t020000z-0000000000000000/mine.json',
    'acme/intents/mine.json',
    'acme/keys/files/20261121t020000z-0000000000000000/key.asc',
    'acme/checkpoints/1.json',
    'tmp/mine',
    'tmp/mine/file',
    'tmp/claims/abc',
    'other/data/files/20261121t020000z-0000000000000000/files.tar.zst.gpg',
  ])('are never what somebody else put there: %s', async (key) => {
    world.store.objects.set(key, { bytes: Buffer.from('mine'), modifiedMs: 0 });
    world.advance(1000 * DAY_MS);
    expect(await find()).toEqual([]);
    const claimed = (['data', 'staging', 'mark', 'intent'] as const).map((kind) => ({
      kind,
      key,
      bytes: 4,
      modifiedMs: 0,
    }));
    expect(await collect(claimed)).toMatchObject({ objects: 0 });
    expect(keysIn(world, key)).toEqual([key]);
  });
});

describe('collecting', () => {
  let found: readonly Leftover[];
  let record: SnapshotRecord;

  beforeEach(async () => {
    record = await orphan();
    world.advance(8 * DAY_MS);
    found = await find();
  });

  it('spares data whose record has been committed meanwhile', async () => {
    valueOf(await commitSnapshot({ ...world, record }));
    expect(await collect(found)).toEqual({ objects: 0, bytes: 0, refused: 0 });
    expect((await catalogOf(world)).snapshots.every(({ good }) => good)).toBe(true);
  });

  it('spares data for which an intent has come meanwhile', async () => {
    await put(intentKey(PLAN, record.snapshotId, newRunId(START_MS)));
    expect(await collect(found)).toMatchObject({ objects: 0 });
  });

  it('spares an object that was made anew under the same key', async () => {
    for (const { key } of found) world.store.objects.delete(key);
    await putData(world, record);
    expect(await collect(found)).toMatchObject({ objects: 0 });
    expect(keysIn(world, record.snapshotId)).toHaveLength(2);
  });

  it('spares what is young by the clock of the store, whatever was found', async () => {
    const young = sampleRecord(world.repository, {}, START_MS + 2 * DAY_MS);
    await putData(world, young);
    const [artifact] = young.artifacts;
    const claimed = {
      kind: 'data' as const,
      key: artifact?.key ?? '',
      bytes: 1,
      modifiedMs: world.store.nowMs,
    };
    expect(await collect([claimed])).toMatchObject({ objects: 0 });
  });

  it('spares everything where the store has no usable clock', async () => {
    const { target } = world.repository;
    const timeless: Target = {
      ...target,
      stat: async (key) => {
        const facts = await target.stat(key);
        return facts.ok && facts.value !== undefined ? ok({ ...facts.value, modifiedMs: 0 }) : facts;
      },
    };
    expect(await collect(found, timeless)).toMatchObject({ objects: 0 });
  });

  it('spares a mark whose record is there, and one that nobody may have signed', async () => {
    const context = pruneContext(world);
    valueOf(await condemnChain(context, live));
    const forged = markKey(PLAN, record.snapshotId, newRunId(START_MS));
    await put(forged);
    world.advance(2 * DAY_MS);
    const marks = [markKey(PLAN, live.root, context.runId), forged].map((key) => ({
      kind: 'mark' as const,
      key,
      bytes: 1,
      modifiedMs: world.store.objects.get(key)?.modifiedMs ?? 0,
    }));
    expect(await collect(marks)).toMatchObject({ objects: 0 });
  });

  it('spares a live record that somebody takes for a deleted one', async () => {
    const { recordKey: key = '' } = live.members[0] ?? {};
    expect(await collect([{ kind: 'record', key, bytes: 1, modifiedMs: 0 }])).toMatchObject({ objects: 0 });
  });

  it('counts what the store does not let go, and goes on', async () => {
    const { target } = world.repository;
    const locked: Target = {
      ...target,
      remove: (key) =>
        key.includes('index')
          ? Promise.resolve(failed(failure('TARGET_DENIED', 'locked')))
          : target.remove(key),
    };
    expect(await collect(found, locked)).toEqual({ objects: 1, bytes: PAYLOAD.length, refused: 1 });
  });

  it('stops where the store cannot be reached', async () => {
    const target = faultyTarget(world.repository.target, { at: 1, moment: 'before', only: ['remove'] });
    expect(failureIn(await collectLeftovers(pruneContext(world, { target }), found)).code).toBe(
      'TARGET_UNREACHABLE',
    );
  });

  it('beside another takes each object once in the end, without a failure', async () => {
    const results = await Promise.all([collect(found), collect(found)]);
    expect(results.every(({ refused }) => refused === 0)).toBe(true);
    expect(keysIn(world, record.snapshotId)).toEqual([]);
    expect(await collect(found)).toMatchObject({ objects: 0 });
  });

  it('leaves the copies of committed snapshots alone', async () => {
    await commitSample(world, sampleRecord(world.repository, {}, START_MS + 3 * DAY_MS));
    await collect(found);
    expect((await catalogOf(world)).snapshots.map(({ good }) => good)).toEqual([true, true, true]);
  });
});
