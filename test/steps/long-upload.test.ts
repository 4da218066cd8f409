import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId, newSnapshotId } from '../../src/catalog/ids.ts';
import { collectLeftovers } from '../../src/catalog/prune/collect.ts';
import { findLeftovers } from '../../src/catalog/prune/leftovers.ts';
import type { BackupTask } from '../../src/domain/run-graph.ts';
import { longUpload } from '../../src/steps/long-upload.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { valueOf } from '../support/results.ts';
import { putData, sampleRecord, START_MS } from '../support/sample-records.ts';
import {
  catalogOf,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  PLAN,
  pruneContext,
  type PruneWorld,
} from '../support/prune-world.ts';

describe('an upload', () => {
  let world: PruneWorld;
  let task: BackupTask;

  beforeEach(async () => {
    world = await createPruneWorld();
    task = { snapshotId: newSnapshotId(START_MS), resource: 'files', mode: 'full', targets: ['memory'] };
  });

  const start = (target = 'memory') => {
    const { clock, timers } = world.time;
    const repositories = new Map([['memory', world.repository]]);
    const run = { plan: { name: PLAN }, runId: newRunId(START_MS), repositories, clock, timers };
    return longUpload(run as unknown as RunContext, { snapshotId: task.snapshotId, target });
  };

  async function advance(ms: number, stepMs = HOUR_MS / 3): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      world.advance(stepMs);
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    }
  }

  it('of less than an hour writes nothing', async () => {
    const upload = start();
    await advance(HOUR_MS - 1, HOUR_MS - 1);
    await upload.end();
    expect(keysIn(world, '/intents/')).toEqual([]);
    expect(world.time.pending()).toEqual([]);
  });

  it('of eight days is no leftover, and its record can follow', async () => {
    const upload = start();
    const record = sampleRecord(world.repository, { snapshotId: task.snapshotId });
    await putData(world, record);
    await advance(8 * DAY_MS);
    const leftovers = async () => {
      const { repository, store } = world;
      const catalog = await catalogOf(world);
      return valueOf(await findLeftovers({ repository, plan: PLAN, catalog, nowStoreMs: store.nowMs }));
    };
    expect(await leftovers()).toEqual([]);
    await upload.end();
    expect(await leftovers()).toEqual([]);
    expect(world.time.pending()).toEqual([]);
    await advance(HOUR_MS);
    const found = await leftovers();
    expect(found.map(({ kind }) => kind).sort()).toEqual(['data', 'index']);
    expect(valueOf(await collectLeftovers(pruneContext(world), found)).objects).toBe(2);
  });

  it('to a target that is not open writes nothing', async () => {
    const upload = start('other');
    await advance(2 * HOUR_MS);
    await upload.end();
    expect(keysIn(world, '/intents/')).toEqual([]);
  });
});
