import { beforeEach, describe, expect, it } from 'vitest';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { undeleteSnapshot } from '../../../src/catalog/prune/undelete.ts';
import type { PruneChain } from '../../../src/domain/prune-plan.ts';
import { Crash, faultyTarget, type Fault } from '../../support/faulty-target.ts';
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
import { commitSample, sampleRecord, START_MS } from '../../support/sample-records.ts';

let world: PruneWorld;
let chain: PruneChain;

beforeEach(async () => {
  world = await createPruneWorld();
  chain = await commitPruneChain(world, { levels: 4 });
});

const idAt = (level: number): string => chain.members[level]?.snapshotId ?? '';

/** The chain as a plan saw it that was made when it had only so many members. */
const asPlannedWith = (members: number): PruneChain => ({
  ...chain,
  members: chain.members.slice(0, members),
});

const demote = (level: number): Promise<void> =>
  say(world, { event: 'demote', facts: { snapshotId: idAt(level) } });

const sweep = async (planned: PruneChain) => valueOf(await sweepChain(pruneContext(world), planned));

describe('a chain is kept for the sake of', () => {
  it('what was built on a demoted snapshot', async () => {
    await demote(2);
    const outcome = { state: 'kept', reason: `${idAt(3)} was built on it meanwhile` };
    expect(await sweep(asPlannedWith(2))).toEqual(outcome);
    expect(snapshotIn(await catalogOf(world), idAt(3)).good).toBe(true);
  });

  it('a pin on a demoted snapshot that planning had not seen', async () => {
    await demote(2);
    await demote(3);
    await say(world, { event: 'pin', facts: { snapshotId: idAt(2) } });
    const outcome = { state: 'kept', reason: `${idAt(2)} was pinned meanwhile` };
    expect(await sweep(asPlannedWith(2))).toEqual(outcome);
  });

  it('nobody, where all that was built on it is demoted', async () => {
    await demote(2);
    await demote(3);
    expect(await sweep(asPlannedWith(2))).toMatchObject({ state: 'swept', snapshots: 2 });
  });
});

describe('a demotion', () => {
  it('holds on its own target only', async () => {
    const other = await createPruneWorld({ name: 'offsite', like: world });
    const snapshotId = chain.root;
    await commitSample(other, sampleRecord(other.repository, { snapshotId }, START_MS));
    await say(other, { event: 'demote', facts: { snapshotId } });
    const snapshot = snapshotIn(await catalogOf(world, other), snapshotId);
    expect(snapshot.good).toBe(true);
    expect(snapshot.copies.map(({ demoted }) => demoted)).toEqual([undefined, true]);
  });
});

describe('a member that is deleted in part', () => {
  const leaf = (): string => idAt(3);

  /** The sweep of `runId` ends badly at one of its operations. */
  const failing = (fault: Fault) =>
    pruneContext(world, { target: faultyTarget(world.repository.target, fault) });

  /** The probe of the store's clock and the artifact are removed before. */
  const dieBetweenObjects = async (): Promise<void> => {
    const context = failing({ at: 2, moment: 'before', only: ['remove'], crash: true });
    await expect(sweepChain(context, chain)).rejects.toBeInstanceOf(Crash);
    expect(keysIn(world, `/data/files/${leaf()}/`)).toHaveLength(1);
  };

  it('keeps the mark of a dead sweep, whoever takes the chain back', async () => {
    await dieBetweenObjects();
    world.advance(DAY_MS + HOUR_MS);
    valueOf(await reprieveChain(pruneContext(world), chain));
    const snapshotIds = chain.members.map(({ snapshotId }) => snapshotId);
    const undeleted = valueOf(
      await undeleteSnapshot(pruneContext(world), { resource: 'files', snapshotIds, snapshotId: leaf() }),
    );
    expect(undeleted.state).toBe('purged');
    const catalog = await catalogOf(world);
    expect(copyIn(catalog, leaf())).toMatchObject({ state: 'condemned', unmarked: 'missing' });
    expect(catalog.snapshots.map(({ good }) => good)).toEqual([true, true, true, false]);
  });

  it('keeps the mark of a sweep whose next attempt finds an obstacle', async () => {
    const { runId, ...broken } = failing({ at: 2, moment: 'before', only: ['remove'] });
    expect(failureIn(await sweepChain({ ...broken, runId }, chain)).code).toBe('TARGET_UNREACHABLE');
    await say(world, { event: 'pin', facts: { snapshotId: chain.root } });
    const again = valueOf(await sweepChain(pruneContext(world, { runId }), chain));
    expect(again.state).toBe('kept');
    const catalog = await catalogOf(world);
    expect(copyIn(catalog, leaf()).state).toBe('condemned');
    expect(catalog.snapshots.map(({ good }) => good)).toEqual([true, true, true, false]);
  });

  it('is all that goes when the next attempt stands still between its first look and its marks', async () => {
    const { runId, ...broken } = failing({ at: 2, moment: 'before', only: ['remove'] });
    expect(failureIn(await sweepChain({ ...broken, runId }, chain)).code).toBe('TARGET_UNREACHABLE');
    const { target } = world.repository;
    let hasStoodStill = false;
    const list: typeof target.list = async (prefix) => {
      if (prefix.includes('/marks/') && !hasStoodStill) world.advance(DAY_MS + HOUR_MS);
      hasStoodStill ||= prefix.includes('/marks/');
      return target.list(prefix);
    };
    const context = pruneContext(world, { runId, target: { ...target, list } });
    expect(valueOf(await sweepChain(context, chain)).state).toBe('deferred');
    expect((await catalogOf(world)).snapshots.map(({ copies }) => copies[0]?.unmarked ?? 'present')).toEqual([
      'present',
      'present',
      'present',
      'missing',
    ]);
  });

  it('is finished by the next attempt, as long as the lease of the first one lasts', async () => {
    const { runId, ...broken } = failing({ at: 2, moment: 'before', only: ['remove'] });
    expect(failureIn(await sweepChain({ ...broken, runId }, chain)).code).toBe('TARGET_UNREACHABLE');
    world.advance(11 * HOUR_MS);
    const slow = { ...world.repository.target };
    slow.list = async (prefix) => {
      if (prefix.includes('/intents/')) world.advance(HOUR_MS);
      return world.repository.target.list(prefix);
    };
    const late = valueOf(await sweepChain(pruneContext(world, { runId, target: slow }), chain));
    expect(late.state).toBe('deferred');
    world.advance(DAY_MS);
    expect((await sweep(chain)).state).toBe('swept');
    expect((await catalogOf(world)).problems).toEqual([]);
  });
});
