import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../../../src/catalog/ids.ts';
import { intentKey } from '../../../src/catalog/keys.ts';
import { holdIntents, isInUse, type Intents } from '../../../src/catalog/prune/intents.ts';
import { failure } from '../../../src/domain/failure.ts';
import { failed } from '../../../src/domain/result.ts';
import type { Target } from '../../../src/domain/target.ts';
import { faultyTarget } from '../../support/faulty-target.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { createPruneWorld, HOUR_MS, keysIn, PLAN, type PruneWorld } from '../../support/prune-world.ts';
import { START_MS } from '../../support/sample-records.ts';

const IDS = ['20261121t020000z-0000000000000000', '20261121t030000z-0000000000000000'];

let world: PruneWorld;

beforeEach(async () => {
  world = await createPruneWorld();
});

const runId = newRunId(START_MS);
const hold = (target?: Target): Promise<Intents> => {
  const repository = { ...world.repository, ...(target === undefined ? {} : { target }) };
  return holdIntents({ ...world.time, repository, plan: PLAN, snapshotIds: IDS, runId });
};
const inUse = async (): Promise<boolean[]> =>
  Promise.all(IDS.map(async (id) => valueOf(await isInUse({ ...world, plan: PLAN }, id, world.store.nowMs))));

/** Lets what the timers have started come to its end. */
async function advance(ms: number): Promise<void> {
  world.advance(ms);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe('intents', () => {
  it('say that snapshots are in use until they are released', async () => {
    expect(await inUse()).toEqual([false, false]);
    const intents = await hold();
    expect(keysIn(world, '/intents/')).toEqual(IDS.map((id) => intentKey(PLAN, id, runId)));
    expect(await inUse()).toEqual([true, true]);
    await intents.release();
    expect(keysIn(world, '/intents/')).toEqual([]);
    expect(world.time.pending()).toEqual([]);
  });

  it('are made anew in time, each under a new key, for as long as they are held', async () => {
    const intents = await hold();
    const seen = new Set<string>();
    for (let hour = 0; hour < 12; hour += 1) {
      await advance(HOUR_MS / 2);
      expect(await inUse()).toEqual([true, true]);
      expect(keysIn(world, '/intents/')).toHaveLength(2);
      keysIn(world, '/intents/').forEach((key) => seen.add(key));
    }
    expect(seen.size).toBe(24);
    await intents.release();
    await advance(HOUR_MS);
    expect(keysIn(world, '/intents/')).toEqual([]);
  });

  it('run out after an hour by the clock of the store where a run was killed', async () => {
    await hold();
    world.store.nowMs += HOUR_MS - 1;
    expect(await inUse()).toEqual([true, true]);
    world.store.nowMs += 1;
    expect(await inUse()).toEqual([false, false]);
  });

  it('that are left hold until they run out, and are not made anew', async () => {
    const intents = await hold();
    intents.leave();
    expect(world.time.pending()).toEqual([]);
    expect(await inUse()).toEqual([true, true]);
    await advance(HOUR_MS);
    expect(await inUse()).toEqual([false, false]);
  });

  it('never run out for who cannot tell the time', async () => {
    await hold();
    world.advance(100 * HOUR_MS);
    expect(valueOf(await isInUse({ ...world, plan: PLAN }, IDS[0] ?? '', undefined))).toBe(true);
  });

  it('are simply not there on a target that cannot be written to', async () => {
    const readOnly: Target = {
      ...world.repository.target,
      create: () => Promise.resolve(failed(failure('TARGET_DENIED', 'read-only'))),
    };
    const intents = await hold(readOnly);
    expect(world.time.pending()).toEqual([]);
    await intents.release();
    const newer = { ...world.repository, writable: false };
    const none = await holdIntents({
      ...world.time,
      repository: newer,
      plan: PLAN,
      snapshotIds: IDS,
      runId,
    });
    expect(keysIn(world, '/intents/')).toEqual([]);
    await none.release();
    expect(keysIn(world, '/intents/')).toEqual([]);
  });

  it('keep the old ones where new ones cannot be written, and try again', async () => {
    const target = faultyTarget(world.repository.target, { at: 3, moment: 'before', only: ['create'] });
    const intents = await hold(target);
    await advance(HOUR_MS / 3);
    expect(keysIn(world, '/intents/')).toHaveLength(3);
    expect(await inUse()).toEqual([true, true]);
    await advance(HOUR_MS / 3);
    await intents.release();
    expect(keysIn(world, '/intents/')).toEqual([]);
  });

  it('that are released while they are being made anew leave nothing behind', async () => {
    const intents = await hold();
    world.advance(HOUR_MS / 3);
    await intents.release();
    await advance(HOUR_MS);
    expect(keysIn(world, '/intents/')).toEqual([]);
    expect(world.time.pending()).toEqual([]);
  });

  it('are no other files that somebody put there', async () => {
    world.store.objects.set(`${PLAN}/intents/${IDS[0] ?? ''}/notes.txt`, {
      bytes: Buffer.from('mine'),
      modifiedMs: world.store.nowMs,
    });
    expect(await inUse()).toEqual([false, false]);
  });

  it('cannot be ruled out where they cannot be listed', async () => {
    const target = faultyTarget(world.repository.target, { at: 0, moment: 'before' });
    const place = { repository: { ...world.repository, target }, plan: PLAN };
    expect(failureIn(await isInUse(place, IDS[0] ?? '', 0)).code).toBe('TARGET_UNREACHABLE');
  });
});
