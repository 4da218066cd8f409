import { beforeEach, describe, expect, it } from 'vitest';
import { commitSnapshot } from '../../../src/catalog/commit.ts';
import { newRunId } from '../../../src/catalog/ids.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import type { PruneContext } from '../../../src/catalog/prune/context.ts';
import { markChain } from '../../../src/catalog/prune/marks.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { undeleteSnapshot } from '../../../src/catalog/prune/undelete.ts';
import type { PruneChain } from '../../../src/domain/prune-plan.ts';
import type { Target } from '../../../src/domain/target.ts';
import { Crash, faultyTarget } from '../../support/faulty-target.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import {
  catalogOf,
  commitPruneChain,
  copyIn,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  pruneContext,
  say,
  snapshotIn,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { START_MS } from '../../support/sample-records.ts';

let world: PruneWorld;
let chain: PruneChain;

beforeEach(async () => {
  world = await createPruneWorld();
  chain = await commitPruneChain(world, { levels: 2, graceMs: DAY_MS });
});

const idsOf = ({ members }: PruneChain) => members.map(({ snapshotId }) => snapshotId);
const leaf = (): string => idsOf(chain).at(-1) ?? '';
const goods = async () => (await catalogOf(world)).snapshots.map(({ good }) => good);

/** Leaves the marks, and perhaps half of the deletion, of a sweep that died at its n-th removal of data; its probe is removed before. */
async function dieSweeping(at: number): Promise<void> {
  const { target } = world.repository;
  const fault = { at: at + 1, moment: 'before', only: ['remove'], crash: true } as const;
  const dying = faultyTarget(target, fault);
  const swept = sweepChain(pruneContext(world, { target: dying }), { ...chain, graceMs: 0 });
  await expect(swept).rejects.toBeInstanceOf(Crash);
}

describe('a condemnation', () => {
  it('makes every copy of the chain condemned and no longer good, with the grace that it has', async () => {
    const runId = newRunId(START_MS);
    valueOf(await condemnChain(pruneContext(world, { runId }), chain));
    const catalog = await catalogOf(world);
    expect(await goods()).toEqual([false, false]);
    for (const id of idsOf(chain)) {
      expect(copyIn(catalog, id)).toMatchObject({
        state: 'condemned',
        marks: [{ runId, intent: 'condemn', markedMs: world.store.nowMs, graceMs: DAY_MS }],
      });
    }
    expect(snapshotIn(catalog, chain.root).defect).toBe('a prune condemned it on memory');
    expect(catalog.problems).toEqual([]);
  });

  it('of one run stands beside that of another, and may be repeated', async () => {
    const context = pruneContext(world);
    valueOf(await condemnChain(context, chain));
    world.advance(HOUR_MS);
    valueOf(await condemnChain(context, chain));
    valueOf(await condemnChain(pruneContext(world), chain));
    expect(copyIn(await catalogOf(world), leaf()).marks).toHaveLength(2);
  });

  it('of a run is not overwritten by another intent of the same run', async () => {
    const context = pruneContext(world);
    valueOf(await condemnChain(context, chain));
    expect(failureIn(await markChain(context, chain, 'sweep')).code).toBe('TARGET_CONFLICT');
  });

  it('of one member makes what is built on it bad as well', async () => {
    const [full] = chain.members;
    valueOf(await condemnChain(pruneContext(world), { ...chain, members: full === undefined ? [] : [full] }));
    expect(await goods()).toEqual([false, false]);
    expect(copyIn(await catalogOf(world), leaf()).state).toBe('present');
  });

  it('on one target leaves the snapshot good where another holds it', async () => {
    const second = await createPruneWorld({ name: 'offsite', like: world });
    for (const [key, object] of [...world.store.objects]) {
      if (!key.includes('/data/')) continue;
      second.store.objects.set(key, object);
    }
    let below: string | undefined;
    for (const id of idsOf(chain)) {
      const { record } = snapshotIn(await catalogOf(world), id);
      const { repoId, targetId } = second.repository;
      const parent = record.chain.parent;
      const linked =
        parent === undefined
          ? record.chain
          : { ...record.chain, parent: { ...parent, recordSha256: below ?? '' } };
      const copy = { ...record, repoId, targetId, parents: [], chain: linked };
      below = valueOf(await commitSnapshot({ ...second, record: copy })).recordSha256;
    }
    valueOf(await condemnChain(pruneContext(world), chain));
    const catalog = await catalogOf(world, second);
    expect(catalog.snapshots.map(({ good, copies }) => [good, ...copies.map(({ state }) => state)])).toEqual([
      [true, 'condemned', 'present'],
      [true, 'condemned', 'present'],
    ]);
    valueOf(await condemnChain(pruneContext(second), chain));
    expect((await catalogOf(world, second)).snapshots.map(({ good }) => good)).toEqual([false, false]);
  });
});

describe('a reprieve', () => {
  it('makes the chain good again, and leaves the marks as they are', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    valueOf(await reprieveChain(pruneContext(world), chain));
    expect(await goods()).toEqual([true, true]);
    expect(copyIn(await catalogOf(world), leaf()).marks).toBeUndefined();
    expect(keysIn(world, '/marks/')).toHaveLength(2);
  });

  it('cancels each mark once', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    valueOf(await reprieveChain(pruneContext(world), chain));
    valueOf(await reprieveChain(pruneContext(world), chain));
    expect((await catalogOf(world)).events.filter(({ event }) => event === 'cancel')).toHaveLength(2);
  });

  it('fails while a sweep may be under way, and cancels its mark once that is dead', async () => {
    await dieSweeping(0);
    const early = failureIn(await reprieveChain(pruneContext(world), chain));
    expect(early.code).toBe('SNAPSHOT_CONDEMNED');
    expect(early.message).toContain(chain.root);
    world.advance(DAY_MS);
    expect(failureIn(await reprieveChain(pruneContext(world), chain)).code).toBe('SNAPSHOT_CONDEMNED');
    world.advance(1);
    valueOf(await reprieveChain(pruneContext(world), chain));
    expect(await goods()).toEqual([true, true]);
  });

  it('also cancels a condemnation that is made meanwhile', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    const { target } = world.repository;
    let isFirst = true;
    const meanwhile: Target = {
      ...target,
      create: async (key, bytes) => {
        if (key.includes('/events/') && isFirst) {
          isFirst = false;
          valueOf(await condemnChain(pruneContext(world), chain));
        }
        return target.create(key, bytes);
      },
    };
    valueOf(await reprieveChain(pruneContext(world, { target: meanwhile }), chain));
    expect(await goods()).toEqual([true, true]);
  });
});

describe('undeleting', () => {
  const undelete = async (
    changes: Partial<PruneContext> & { target?: Target } = {},
    snapshotId?: string,
  ): Promise<string> => {
    const context = pruneContext(world, { signer: world.signer, ...changes });
    const wanted = snapshotId === undefined ? {} : { snapshotId };
    const request = { resource: 'files', snapshotIds: idsOf(chain), ...wanted };
    return valueOf(await undeleteSnapshot(context, request)).state;
  };

  it('brings a condemned chain back and pins it', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    expect(await undelete()).toBe('restored');
    const catalog = await catalogOf(world);
    expect(catalog.snapshots.map(({ good }) => good)).toEqual([true, true]);
    expect(snapshotIn(catalog, leaf()).pinned).toEqual({});
    expect(catalog.events.map(({ event }) => event).sort()).toEqual(['cancel', 'cancel', 'pin']);
    world.advance(2 * DAY_MS);
    expect(valueOf(await sweepChain(pruneContext(world), { ...chain, graceMs: 0 })).state).toBe('kept');
  });

  it('adds no second pin where one is in force', async () => {
    await say(world, { event: 'pin', facts: { snapshotId: chain.root } });
    valueOf(await condemnChain(pruneContext(world), chain));
    expect(await undelete()).toBe('restored');
    expect((await catalogOf(world)).events.filter(({ event }) => event === 'pin')).toHaveLength(1);
  });

  it('pins again where a pin has run out', async () => {
    const until = new Date(world.time.clock.nowMs() + HOUR_MS).toISOString();
    await say(world, { event: 'pin', facts: { snapshotId: leaf(), until } });
    world.advance(2 * HOUR_MS);
    expect(await undelete()).toBe('restored');
    expect(snapshotIn(await catalogOf(world), leaf()).pinned).toEqual({});
  });

  it('cannot tell while a sweep may be under way, and can once that is dead', async () => {
    await dieSweeping(0);
    expect(await undelete()).toBe('unknown');
    expect(await goods()).toEqual([false, false]);
    world.advance(DAY_MS + 1);
    expect(await undelete()).toBe('restored');
    expect(await goods()).toEqual([true, true]);
  });

  it('comes too late once data is gone, and says so', async () => {
    await dieSweeping(1);
    expect(await undelete()).toBe('purged');
    expect(await undelete({}, leaf())).toBe('purged');
    world.advance(DAY_MS + 1);
    expect(await undelete()).toBe('purged');
    expect(await undelete({}, chain.root)).toBe('restored');
    expect(await goods()).toEqual([true, false]);
  });

  it('comes too late after the whole sweep', async () => {
    valueOf(await sweepChain(pruneContext(world), { ...chain, graceMs: 0 }));
    expect(await undelete()).toBe('purged');
    expect(await undelete({}, leaf())).toBe('purged');
  });

  it('does not mind a member that was never on the target', async () => {
    const request = {
      resource: 'files',
      snapshotIds: [...idsOf(chain), '20261121t020000z-0000000000000000'],
    };
    const context = pruneContext(world, { signer: world.signer });
    expect(valueOf(await undeleteSnapshot(context, request)).state).toBe('restored');
  });

  it('cancels nothing that it could not pin', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    const target = faultyTarget(world.repository.target, { at: 0, moment: 'before', only: ['create'] });
    const context = pruneContext(world, { signer: world.signer, target });
    const request = { resource: 'files', snapshotIds: idsOf(chain) };
    expect(failureIn(await undeleteSnapshot(context, request)).code).toBe('TARGET_UNREACHABLE');
    expect(await goods()).toEqual([false, false]);
  });

  it('against a sweep, at every moment of it, gives the chain back whole or says that it is not', async () => {
    for (let at = 0; at < 80; at += 1) {
      world = await createPruneWorld();
      chain = await commitPruneChain(world, { levels: 2 });
      const { target } = world.repository;
      let calls = 0;
      let state: string | undefined;
      const raced = async <T>(work: () => Promise<T>): Promise<T> => {
        if (calls++ === at) state = await undelete();
        return work();
      };
      const racing: Target = {
        ...target,
        create: (key, bytes) => raced(() => target.create(key, bytes)),
        get: (key, maxBytes) => raced(() => target.get(key, maxBytes)),
        list: (prefix) => raced(() => target.list(prefix)),
        stat: (key) => raced(() => target.stat(key)),
        remove: (key) => raced(() => target.remove(key)),
      };
      const swept = valueOf(await sweepChain(pruneContext(world, { target: racing }), chain));
      if (state === undefined) {
        expect(at).toBeGreaterThan(20);
        return;
      }
      const whole = (await goods()).join();
      if (state === 'restored') expect([at, swept.state, whole]).toEqual([at, 'kept', 'true,true']);
      if (state === 'purged') expect([at, whole]).not.toEqual([at, 'true,true']);
      expect([at, swept.state === 'swept' ? '' : 'true,true']).toEqual([at, whole]);
    }
    throw new Error('the sweep never came to its end');
  });
});
