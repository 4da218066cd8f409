import { describe, expect, it } from 'vitest';
import { lifeOf } from '../../src/catalog/life-events.ts';
import { writeEvent } from '../../src/catalog/events.ts';
import { clockAfter } from '../../src/commands/pin.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { valueOf } from '../support/results.ts';
import {
  catalogOf,
  commitPruneChain,
  createPruneWorld,
  HOUR_MS,
  pruneContext,
} from '../support/prune-world.ts';

describe('a pin by a machine whose clock is behind', () => {
  it('counts although another machine has said the opposite later, by its own clock', async () => {
    const world = await createPruneWorld();
    const { root: snapshotId } = await commitPruneChain(world, { levels: 1 });
    const { clock } = world.time;
    const ahead: Clock = { ...clock, nowMs: () => clock.nowMs() + HOUR_MS };
    const say = async (event: 'pin' | 'unpin', by: Clock): Promise<void> => {
      valueOf(await writeEvent({ ...pruneContext(world, { clock: by }), event, facts: { snapshotId } }));
    };
    await say('pin', clock);
    await say('unpin', ahead);
    const { events } = await catalogOf(world);
    expect(lifeOf(events).pinOf(snapshotId)).toBeUndefined();
    await say('pin', clockAfter(events, snapshotId, clock));
    expect(lifeOf((await catalogOf(world)).events).pinOf(snapshotId)).toEqual({});
  });

  it('changes nothing of the time where nothing was said later', () => {
    const clock: Clock = { nowMs: () => 5, monotonicMs: () => 7 };
    expect([clockAfter([], 'a', clock).nowMs(), clockAfter([], 'a', clock).monotonicMs()]).toEqual([5, 7]);
  });
});
