import { beforeEach, describe, expect, it } from 'vitest';
import { commitSnapshot } from '../../../src/catalog/commit.ts';
import { intentKey, markKey, overlayKey } from '../../../src/catalog/keys.ts';
import { newRunId } from '../../../src/catalog/ids.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import type { PruneChain } from '../../../src/domain/prune-plan.ts';
import type { Target } from '../../../src/domain/target.ts';
import { valueOf } from '../../support/results.ts';
import {
  interruptedTarget,
  catalogOf,
  childRecord,
  commitPruneChain,
  copyIn,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  PLAN,
  pruneContext,
  say,
  snapshotIn,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { commitSample, INDEX, PAYLOAD, putData, START_MS } from '../../support/sample-records.ts';

const SIZE = PAYLOAD.length + INDEX.length;

describe('a sweep', () => {
  let world: PruneWorld;

  beforeEach(async () => {
    world = await createPruneWorld();
  });

  const leafOf = ({ members }: PruneChain) => members.at(-1)?.snapshotId ?? '';
  const sweep = async (chain: PruneChain, changes: Parameters<typeof pruneContext>[1] = {}) =>
    valueOf(await sweepChain(pruneContext(world, changes), chain));

  it('deletes data, index, key packets and records of the whole chain, and explains it', async () => {
    const chain = await commitPruneChain(world, { levels: 3 });
    const other = await commitPruneChain(world, { levels: 2, atMs: START_MS + DAY_MS });
    const overlay = overlayKey(
      { plan: PLAN, resource: 'files', snapshotId: chain.root },
      'files',
      newRunId(START_MS),
    );
    valueOf(await world.repository.target.create(overlay, Buffer.from('packet')));

    expect(await sweep(chain)).toEqual({ state: 'swept', snapshots: 3, bytes: 3 * SIZE + 6 });

    for (const { snapshotId } of chain.members) expect(keysIn(world, snapshotId)).toEqual([]);
    const catalog = await catalogOf(world);
    expect(catalog.problems).toEqual([]);
    expect(catalog.snapshots.map(({ id, good }) => [id, good])).toEqual(
      other.members.map(({ snapshotId }) => [snapshotId, true]),
    );
    const gone = catalog.events.filter(({ event }) => event === 'gone').map(({ facts }) => facts);
    const expected = chain.members.map(({ snapshotId, recordSha256 }) => ({
      snapshotId,
      resource: 'files',
      recordSha256,
    }));
    expect(gone).toHaveLength(3);
    expect(gone).toEqual(expect.arrayContaining(expected));
  });

  it('deletes leaf first whatever the order of the members and their clocks say', async () => {
    const chain = await commitPruneChain(world, { levels: 3 });
    const deleted: string[] = [];
    const { target } = world.repository;
    const watched: Target = {
      ...target,
      remove: (key) => {
        if (key.includes('/snapshots/')) deleted.push(key);
        return target.remove(key);
      },
    };
    const shuffled = { ...chain, members: [chain.members[1], chain.members[0], chain.members[2]] };
    await sweep(shuffled as PruneChain, { target: watched });
    expect(deleted).toEqual(chain.members.map(({ recordKey }) => recordKey).reverse());
  });

  it('removes data before the event that explains it, and the record after', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const steps: string[] = [];
    const { target } = world.repository;
    const watched: Target = {
      ...target,
      create: (key, bytes) => {
        steps.push(`create ${key.split('/')[1] ?? ''}`);
        return target.create(key, bytes);
      },
      remove: (key) => {
        steps.push(`remove ${key.split('/')[1] ?? ''}`);
        return target.remove(key);
      },
    };
    await sweep(chain, { target: watched });
    expect(steps.filter((step) => !step.endsWith('lease'))).toEqual([
      'create marks',
      'remove data',
      'remove data',
      'create events',
      'remove snapshots',
      'remove marks',
    ]);
  });

  it('leaves what is not ours in the folders of the snapshot', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const foreign = `${PLAN}/data/files/${chain.root}/NOTES.txt`;
    world.store.objects.set(foreign, { bytes: Buffer.from('mine'), modifiedMs: 0 });
    await sweep(chain);
    expect(keysIn(world, chain.root)).toEqual([foreign]);
  });

  describe('keeps the chain and takes away only its own marks', () => {
    let chain: PruneChain;
    let others: string;

    beforeEach(async () => {
      chain = await commitPruneChain(world, { levels: 2 });
      others = newRunId(START_MS);
      valueOf(await condemnChain(pruneContext(world, { runId: others }), chain));
      world.advance(1000);
    });

    const expectKept = async (reason: RegExp, target?: Target): Promise<void> => {
      const runId = newRunId(START_MS + 5);
      const outcome = await sweep(chain, { runId, ...(target === undefined ? {} : { target }) });
      expect(outcome).toMatchObject({ state: 'kept', reason: expect.stringMatching(reason) as string });
      expect(keysIn(world, '/marks/').filter((key) => key.includes(runId))).toEqual([]);
      expect(keysIn(world, '/marks/')).toEqual(
        chain.members.map(({ snapshotId }) => markKey(PLAN, snapshotId, others)).sort(),
      );
      for (const { snapshotId } of chain.members) expect(keysIn(world, `/${snapshotId}/`)).toHaveLength(3);
      expect((await catalogOf(world)).events.map(({ event }) => event)).not.toContain('gone');
    };

    it('when a child was committed that planning had not seen', async () => {
      const [full] = chain.members;
      const parent = {
        record: snapshotIn(await catalogOf(world), chain.root).record,
        sha256: full?.recordSha256 ?? '',
      };
      const child = childRecord(world, parent, { atMs: START_MS + DAY_MS });
      await commitSample(world, child);
      await expectKept(new RegExp(`${child.snapshotId} was built on it`));
    });

    it('when a child is committed between its marks and its look', async () => {
      const parent = {
        record: snapshotIn(await catalogOf(world), leafOf(chain)).record,
        sha256: chain.members[1]?.recordSha256 ?? '',
      };
      const child = childRecord(world, parent, { atMs: START_MS + DAY_MS });
      await putData(world, child);
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'list' && key.includes('/snapshots/'),
        () => commitSnapshot({ ...world, record: child }),
      );
      await expectKept(/was built on it/, target);
    });

    it('when it is pinned', async () => {
      await say(world, { event: 'pin', facts: { snapshotId: leafOf(chain) } });
      await expectKept(/was pinned/);
    });

    it('when it is pinned between its marks and its look', async () => {
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'list' && key.includes('/snapshots/'),
        () => say(world, { event: 'pin', facts: { snapshotId: chain.root } }),
      );
      await expectKept(/was pinned/, target);
    });

    it('until the pin ends, by the clock that is behind', async () => {
      const until = new Date(world.time.clock.nowMs() + HOUR_MS).toISOString();
      await say(world, { event: 'pin', facts: { snapshotId: chain.root, until } });
      world.time.advance(2 * HOUR_MS);
      await expectKept(/was pinned/);
      world.store.nowMs += 2 * HOUR_MS;
      expect(await sweep(chain)).toMatchObject({ state: 'swept', snapshots: 2 });
    });

    it('when the condemnation is cancelled between its first look and its second', async () => {
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'create' && key.includes('/marks/'),
        () => reprieveChain(pruneContext(world), chain),
      );
      await expectKept(/the condemnation of .* was cancelled/, target);
    });

    it('when a reader holds a fresh intent, and for as long as it does', async () => {
      const intent = intentKey(PLAN, leafOf(chain), newRunId(START_MS));
      valueOf(await world.repository.target.create(intent, Buffer.from('{}')));
      world.advance(HOUR_MS - 1);
      const runId = newRunId(START_MS + 5);
      expect(await sweep(chain, { runId })).toEqual({
        state: 'kept',
        reason: `${leafOf(chain)} is being read`,
      });
      world.advance(1);
      expect(await sweep(chain)).toMatchObject({ state: 'swept' });
    });

    it('when another record lies in the place of the one that was condemned', async () => {
      const stale = {
        ...chain,
        members: chain.members.map((member) => ({ ...member, recordSha256: 'a'.repeat(64) })),
      };
      expect(await sweep(stale)).toMatchObject({
        state: 'kept',
        reason: expect.stringContaining('is not the one') as string,
      });
    });
  });

  it.each([
    ['demoted', (id: string) => say(world, { event: 'demote', facts: { snapshotId: id } })],
    [
      'gone, with a record that a crash has left',
      async (id: string) => {
        const { recordSha256 } = copyIn(await catalogOf(world), id);
        await say(
          world,
          { event: 'gone', facts: { snapshotId: id, resource: 'files', recordSha256 } },
          { by: world.pruner },
        );
      },
    ],
  ])('does not count a child that is %s', async (_, dismiss) => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const parent = {
      record: snapshotIn(await catalogOf(world), chain.root).record,
      sha256: chain.members[0]?.recordSha256 ?? '',
    };
    const child = childRecord(world, parent, { atMs: START_MS + HOUR_MS });
    await commitSample(world, child);
    await dismiss(child.snapshotId);
    expect(await sweep(chain)).toMatchObject({ state: 'swept', snapshots: 1 });
  });
});
