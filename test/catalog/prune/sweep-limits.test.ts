import { beforeEach, describe, expect, it } from 'vitest';
import { sealEnvelope } from '../../../src/catalog/envelope.ts';
import { newRunId } from '../../../src/catalog/ids.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { failure } from '../../../src/domain/failure.ts';
import type { PruneChain } from '../../../src/domain/prune-plan.ts';
import { failed } from '../../../src/domain/result.ts';
import type { Target } from '../../../src/domain/target.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import {
  interruptedTarget,
  catalogOf,
  commitPruneChain,
  copyIn,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  pruneContext,
  snapshotIn,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { INDEX, PAYLOAD, putData, sampleRecord, START_MS } from '../../support/sample-records.ts';

const SIZE = PAYLOAD.length + INDEX.length;

describe('the limits of a sweep', () => {
  let world: PruneWorld;

  beforeEach(async () => {
    world = await createPruneWorld();
  });

  const leafOf = ({ members }: PruneChain) => members.at(-1)?.snapshotId ?? '';
  const sweep = async (chain: PruneChain, changes: Parameters<typeof pruneContext>[1] = {}) =>
    valueOf(await sweepChain(pruneContext(world, changes), chain));

  describe('during a grace', () => {
    let chain: PruneChain;

    beforeEach(async () => {
      chain = await commitPruneChain(world, { levels: 2, graceMs: DAY_MS });
    });

    it('needs a condemnation of every member', async () => {
      const [full] = chain.members;
      valueOf(
        await condemnChain(pruneContext(world), { ...chain, members: full === undefined ? [] : [full] }),
      );
      world.advance(2 * DAY_MS);
      expect(await sweep(chain)).toEqual({ state: 'kept', reason: `${leafOf(chain)} is not condemned` });
    });

    it('waits by the clock of the store, whatever the own one says', async () => {
      valueOf(await condemnChain(pruneContext(world), chain));
      world.time.advance(30 * DAY_MS);
      const before = keysIn(world);
      expect(await sweep(chain)).toEqual({
        state: 'deferred',
        reason: 'the grace is not over by the clock of the store',
      });
      expect(keysIn(world)).toEqual(before);
      world.store.nowMs += DAY_MS;
      expect(await sweep(chain)).toMatchObject({ state: 'swept', snapshots: 2 });
    });

    it('waits for one that began earlier also where the policy gives none any more', async () => {
      valueOf(await condemnChain(pruneContext(world), chain));
      expect(await sweep({ ...chain, graceMs: 0 })).toMatchObject({ state: 'deferred' });
    });

    it('is over when the first of several condemnations is', async () => {
      valueOf(await condemnChain(pruneContext(world), chain));
      world.advance(DAY_MS - 1000);
      valueOf(await condemnChain(pruneContext(world), chain));
      world.advance(1000);
      expect(await sweep(chain)).toMatchObject({ state: 'swept' });
    });

    it('begins anew with a condemnation after one that was cancelled', async () => {
      valueOf(await condemnChain(pruneContext(world), chain));
      valueOf(await reprieveChain(pruneContext(world), chain));
      world.advance(DAY_MS);
      valueOf(await condemnChain(pruneContext(world), chain));
      expect(await sweep(chain)).toMatchObject({ state: 'deferred' });
      world.advance(DAY_MS);
      expect(await sweep(chain)).toMatchObject({ state: 'swept' });
    });

    it('never ends on a store whose times say nothing', async () => {
      valueOf(await condemnChain(pruneContext(world), chain));
      world.time.advance(365 * DAY_MS);
      const { target } = world.repository;
      const timeless: Target = {
        ...target,
        stat: async (key) => {
          const facts = await target.stat(key);
          return facts.ok && facts.value !== undefined
            ? { ...facts, value: { ...facts.value, modifiedMs: 0 } }
            : facts;
        },
      };
      expect(await sweep(chain, { target: timeless })).toEqual({
        state: 'deferred',
        reason: 'the store gives no usable modification times, so the end of the grace cannot be told',
      });
    });
  });

  describe('that lasts too long', () => {
    it('deletes nothing more once half its right has passed', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'list' && key.includes('/intents/'),
        () => {
          world.time.advance(12 * HOUR_MS + 1);
          return Promise.resolve();
        },
      );
      expect(await sweep(chain, { target })).toMatchObject({
        state: 'deferred',
        reason: expect.stringContaining('no longer give the right') as string,
      });
      expect(keysIn(world, '/marks/')).toEqual([]);
      expect((await catalogOf(world)).snapshots.every(({ good }) => good)).toBe(true);
    });

    it.each([
      ['the machine slept', { monotonic: 0, wall: 12 * HOUR_MS + 1 }],
      ['its clock was set back', { monotonic: 12 * HOUR_MS + 1, wall: -HOUR_MS }],
    ])('counts the time also where %s', async (_why, passed) => {
      const chain = await commitPruneChain(world, { levels: 2 });
      const now = { monotonic: 0, wall: START_MS };
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'remove' && key.includes('/snapshots/'),
        () => {
          now.monotonic += passed.monotonic;
          now.wall += passed.wall;
          return Promise.resolve();
        },
      );
      const clock = { nowMs: () => now.wall, monotonicMs: () => now.monotonic };
      expect(await sweep(chain, { target, clock })).toMatchObject({ state: 'deferred' });
      expect(keysIn(world, '/snapshots/')).toHaveLength(1);
    });

    it('stops between two members, and leaves a whole chain', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      const target = interruptedTarget(
        world.repository.target,
        (operation, key) => operation === 'remove' && key.includes('/snapshots/'),
        () => {
          world.time.advance(12 * HOUR_MS + 1);
          return Promise.resolve();
        },
      );
      expect(await sweep(chain, { target })).toMatchObject({ state: 'deferred' });
      const catalog = await catalogOf(world);
      expect(catalog.problems).toEqual([]);
      expect(catalog.snapshots.map(({ id, good }) => [id, good])).toEqual([[chain.root, true]]);
    });

    it('does not go on under a mark of an earlier attempt that has become old', async () => {
      const chain = await commitPruneChain(world, { levels: 1 });
      const context = pruneContext(world);
      const unreachable: Target = {
        ...world.repository.target,
        remove: (key) =>
          key.includes('/data/')
            ? Promise.resolve(failed(failure('TARGET_UNREACHABLE', 'gone away')))
            : world.repository.target.remove(key),
      };
      const failing = { ...context, repository: { ...context.repository, target: unreachable } };
      expect(failureIn(await sweepChain(failing, chain)).code).toBe('TARGET_UNREACHABLE');
      expect(keysIn(world, '/marks/')).toHaveLength(1);
      world.advance(12 * HOUR_MS + 1);
      expect(valueOf(await sweepChain(context, chain))).toMatchObject({ state: 'deferred' });
      expect(await sweep(chain)).toMatchObject({ state: 'swept' });
    });
  });

  it('explains a deletion once, however often it has to be tried', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const context = pruneContext(world);
    const { target } = world.repository;
    const unreachable: Target = {
      ...target,
      remove: (key) =>
        key.includes('/snapshots/')
          ? Promise.resolve(failed(failure('TARGET_UNREACHABLE', 'gone away')))
          : target.remove(key),
    };
    const failing = { ...context, repository: { ...context.repository, target: unreachable } };
    expect(failureIn(await sweepChain(failing, chain)).code).toBe('TARGET_UNREACHABLE');
    expect(failureIn(await sweepChain(failing, chain)).code).toBe('TARGET_UNREACHABLE');
    expect(valueOf(await sweepChain(context, chain))).toEqual({ state: 'swept', snapshots: 0, bytes: 0 });
    expect((await catalogOf(world)).events.map(({ event }) => event)).toEqual(['gone']);
    expect(keysIn(world, chain.root)).toEqual([]);
  });

  describe('on a store that deletes nothing', () => {
    const locked = (isLocked: (key: string) => boolean): Target => ({
      ...world.repository.target,
      remove: (key) =>
        isLocked(key)
          ? Promise.resolve(failed(failure('TARGET_DENIED', 'locked until 2027')))
          : world.repository.target.remove(key),
    });

    it('is deferred, says why, and leaves the chain as good as before', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      expect(await sweep(chain, { target: locked((key) => key.includes('/data/')) })).toEqual({
        state: 'deferred',
        reason: 'the store refuses it: locked until 2027',
      });
      expect((await catalogOf(world)).snapshots.every(({ good }) => good)).toBe(true);
    });

    it('takes its marks back by a cancel where they cannot be removed either', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      const runId = newRunId(START_MS);
      const target = locked((key) => !key.includes('/lease/'));
      expect(await sweep(chain, { target, runId })).toMatchObject({ state: 'deferred' });
      expect(keysIn(world, '/marks/')).toHaveLength(2);
      expect((await catalogOf(world)).snapshots.every(({ good }) => good)).toBe(true);
      // Its own cancel holds for good: nobody would see a mark of this run any more.
      expect(await sweep(chain, { runId })).toMatchObject({
        state: 'kept',
        reason: expect.stringContaining('was cancelled') as string,
      });
      expect(await sweep(chain)).toMatchObject({ state: 'swept', snapshots: 2 });
    });

    it('leaves what it has begun marked, for a later run to finish', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      const target = locked((key) => key.includes('index.ndjson'));
      expect(await sweep(chain, { target })).toMatchObject({ state: 'deferred' });
      const catalog = await catalogOf(world);
      expect(copyIn(catalog, leafOf(chain)).state).toBe('condemned');
      expect(snapshotIn(catalog, chain.root).good).toBe(true);
      expect(await sweep(chain)).toEqual({ state: 'swept', snapshots: 2, bytes: SIZE + INDEX.length });
      expect(keysIn(world, chain.root)).toEqual([]);
    });
  });

  describe('beside another', () => {
    it('both end without a failure, and every gap is explained', async () => {
      const chain = await commitPruneChain(world, { levels: 3 });
      const [one, other] = await Promise.all([sweep(chain), sweep(chain)]);
      expect([one.state, other.state]).toEqual(['swept', 'swept']);
      expect(keysIn(world, '/marks/')).toEqual([]);
      const catalog = await catalogOf(world);
      expect(catalog.snapshots).toEqual([]);
      expect(catalog.problems).toEqual([]);
    });

    it('finds nothing left to do after it', async () => {
      const chain = await commitPruneChain(world, { levels: 2 });
      await sweep(chain);
      expect(await sweep(chain)).toEqual({ state: 'swept', snapshots: 0, bytes: 0 });
      expect((await catalogOf(world)).events).toHaveLength(2);
    });

    it('leaves alone what lies where a record is gone: a copy that is being made again', async () => {
      const chain = await commitPruneChain(world, { levels: 1 });
      const { record } = snapshotIn(await catalogOf(world), chain.root);
      await sweep(chain);
      await putData(world, record);
      await sweep(chain);
      expect(keysIn(world, `/${chain.root}/`)).toHaveLength(2);
    });
  });

  it('fails, and leaves nothing marked, where it cannot look', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const { target } = world.repository;
    const blind: Target = {
      ...target,
      list: (prefix) =>
        prefix.includes('/intents/')
          ? Promise.resolve(failed(failure('TARGET_UNREACHABLE', 'gone away')))
          : target.list(prefix),
    };
    expect(failureIn(await sweepChain(pruneContext(world, { target: blind }), chain)).code).toBe(
      'TARGET_UNREACHABLE',
    );
    expect(keysIn(world, '/marks/')).toEqual([]);
    expect((await catalogOf(world)).snapshots[0]?.good).toBe(true);
  });

  it('needs a key with the role prune', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const refused = await sweepChain(pruneContext(world, { signer: world.signer }), chain);
    expect(failureIn(refused).code).toBe('RECORD_REJECTED');
    expect((await catalogOf(world)).snapshots[0]?.good).toBe(true);
  });

  it('deletes nothing where a newer release writes', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const repository = { ...world.repository, writable: false };
    expect(failureIn(await sweepChain(pruneContext(world, { repository }), chain)).code).toBe(
      'TARGET_FORMAT',
    );
    expect((await catalogOf(world)).snapshots[0]?.good).toBe(true);
  });

  it('stops at a record of a newer release: it may be a child', async () => {
    const chain = await commitPruneChain(world, { levels: 1 });
    const newer = sampleRecord(world.repository, { version: 2 as 1 }, START_MS + HOUR_MS);
    valueOf(
      await world.repository.target.create(newer.key, valueOf(await sealEnvelope(world.signer, newer))),
    );
    expect(failureIn(await sweepChain(pruneContext(world), chain)).code).toBe('TARGET_FORMAT');
    expect(keysIn(world, '/marks/')).toEqual([]);
  });
});
