import { describe, expect, it } from 'vitest';
import { newRunId } from '../../../src/catalog/ids.ts';
import { overlayKey } from '../../../src/catalog/keys.ts';
import { collectLeftovers } from '../../../src/catalog/prune/collect.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import type { PruneContext } from '../../../src/catalog/prune/context.ts';
import { findLeftovers } from '../../../src/catalog/prune/leftovers.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { undeleteSnapshot } from '../../../src/catalog/prune/undelete.ts';
import type { Leftover, PruneChain } from '../../../src/domain/prune-plan.ts';
import type { Catalog } from '../../../src/domain/snapshot.ts';
import { Crash, faultyTarget, type Fault } from '../../support/faulty-target.ts';
import { valueOf } from '../../support/results.ts';
import {
  catalogOf,
  chainOf,
  commitPruneChain,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  PLAN,
  pruneContext,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { putData, sampleRecord, START_MS } from '../../support/sample-records.ts';

interface Scene {
  readonly world: PruneWorld;
  /** What is condemned, swept, reprieved or brought back. */
  readonly chain: PruneChain;
  /** What nothing may touch. */
  readonly other: PruneChain;
}

async function prepare(): Promise<Scene> {
  const world = await createPruneWorld();
  const chain = await commitPruneChain(world, { levels: 2 });
  const other = await commitPruneChain(world, { levels: 2, atMs: START_MS + 10 * HOUR_MS });
  const overlay = overlayKey(
    { plan: PLAN, resource: 'files', snapshotId: chain.root },
    'files',
    newRunId(START_MS),
  );
  valueOf(await world.repository.target.create(overlay, Buffer.from('packet')));
  return { world, chain, other };
}

type Act = (scene: Scene, context: PruneContext) => Promise<unknown>;

const ACTS: readonly (readonly [string, Act, Act])[] = [
  ['a condemnation', () => Promise.resolve(), async ({ chain }, context) => condemnChain(context, chain)],
  ['a sweep', () => Promise.resolve(), async ({ chain }, context) => sweepChain(context, chain)],
  [
    'a reprieve',
    async ({ world, chain }) => valueOf(await condemnChain(pruneContext(world), chain)),
    async ({ chain }, context) => reprieveChain(context, chain),
  ],
  [
    'an undelete',
    async ({ world, chain }) => valueOf(await condemnChain(pruneContext(world), chain)),
    async ({ world, chain }, context) =>
      undeleteSnapshot(
        { ...context, signer: world.signer },
        { resource: 'files', snapshotIds: chain.members.map(({ snapshotId }) => snapshotId) },
      ),
  ],
  [
    'a collection',
    async ({ world }) => {
      await putData(world, sampleRecord(world.repository, {}, START_MS + HOUR_MS));
      world.advance(8 * DAY_MS);
    },
    async ({ world }, context) => {
      const leftovers = await leftoversIn(world);
      return collectLeftovers(context, leftovers);
    },
  ],
];

async function leftoversIn(world: PruneWorld): Promise<readonly Leftover[]> {
  const { repository, store } = world;
  const catalog = await catalogOf(world);
  return valueOf(await findLeftovers({ repository, plan: PLAN, catalog, nowStoreMs: store.nowMs }));
}

/** Everything that the catalog calls good is wholly there, and what nobody touches is good. */
function expectSound({ world, other }: Scene, catalog: Catalog): void {
  for (const { record, good } of catalog.snapshots) {
    if (!good) continue;
    for (const { key } of [...record.artifacts, record.index]) expect(keysIn(world, key)).toEqual([key]);
  }
  const ids = new Set(other.members.map(({ snapshotId }) => snapshotId));
  const others = catalog.snapshots.filter(({ id }) => ids.has(id));
  expect(others.map(({ good }) => good)).toEqual([true, true]);
  expect(catalog.problems).toEqual([]);
}

/** What the next prunes do: sweep what is still there of the chain, and collect what is left of it. */
async function pruneAgain(scene: Scene): Promise<void> {
  const { world, chain } = scene;
  const { snapshots } = await catalogOf(world);
  const left = snapshots
    .filter(({ record }) => record.chain.root === chain.root)
    .map(({ record, copies }) => ({ record, sha256: copies[0]?.recordSha256 ?? '' }));
  if (left.length > 0)
    expect(valueOf(await sweepChain(pruneContext(world), chainOf(left))).state).toBe('swept');
  for (const days of [0, 2, 8]) {
    world.advance(days * DAY_MS);
    valueOf(await collectLeftovers(pruneContext(world), await leftoversIn(world)));
  }
}

function expectClean({ world, chain }: Scene): void {
  for (const { snapshotId } of chain.members) expect(keysIn(world, snapshotId)).toEqual([]);
  for (const folder of ['/marks/', '/intents/', '/lease/']) expect(keysIn(world, folder)).toEqual([]);
  expect(keysIn(world, '/data/')).toHaveLength(4);
}

describe.each(ACTS)('a crash during %s', (name, before, act) => {
  it('at any operation, before or after it takes effect, does no harm, and the next runs converge', async () => {
    for (const moment of ['before', 'after'] as const) {
      let isOver = false;
      for (let at = 0; !isOver; at += 1) {
        const scene = await prepare();
        await before(scene, pruneContext(scene.world));
        const target = faultyTarget(scene.world.repository.target, { at, moment, crash: true });
        isOver = await act(scene, pruneContext(scene.world, { target })).then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof Crash)) throw error;
            return false;
          },
        );
        expectSound(scene, await catalogOf(scene.world));
        const pins = keysIn(scene.world, '/events/').length > 0 && name === 'an undelete';
        if (pins) continue;
        await pruneAgain(scene);
        expectSound(scene, await catalogOf(scene.world));
        expectClean(scene);
        if (isOver) expect(at).toBeGreaterThanOrEqual(4);
      }
    }
  });

  it('or a failure at any operation does no harm either, and the same run converges when it tries again', async () => {
    let isOver = false;
    for (let at = 0; !isOver; at += 1) {
      for (const moment of ['before', 'after'] as const) {
        const scene = await prepare();
        await before(scene, pruneContext(scene.world));
        const context = pruneContext(scene.world);
        const fault: Fault = { at, moment };
        const target = faultyTarget(scene.world.repository.target, fault);
        await act(scene, { ...context, repository: { ...context.repository, target } });
        isOver = target.calls() <= at;
        expectSound(scene, await catalogOf(scene.world));
        expect(await act(scene, context)).toMatchObject({ ok: true });
        expectSound(scene, await catalogOf(scene.world));
      }
    }
  });
});

describe('an undelete that died', () => {
  it('leaves the chain condemned or good, and the next one brings it back', async () => {
    let isOver = false;
    for (let at = 0; !isOver; at += 1) {
      const scene = await prepare();
      const { world, chain } = scene;
      const request = { resource: 'files', snapshotIds: chain.members.map(({ snapshotId }) => snapshotId) };
      valueOf(await condemnChain(pruneContext(world), chain));
      const target = faultyTarget(world.repository.target, { at, moment: 'after', crash: true });
      isOver = await undeleteSnapshot(pruneContext(world, { target, signer: world.signer }), request).then(
        () => true,
        () => false,
      );
      const again = await undeleteSnapshot(pruneContext(world, { signer: world.signer }), request);
      expect(valueOf(again).state).toBe('restored');
      expect((await catalogOf(world)).snapshots.map(({ good }) => good)).toEqual([true, true, true, true]);
      expect(valueOf(await sweepChain(pruneContext(world), chain)).state).toBe('kept');
    }
  });
});
