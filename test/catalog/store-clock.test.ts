import { beforeEach, describe, expect, it } from 'vitest';
import { storeNowMs } from '../../src/catalog/store-clock.ts';
import { ok } from '../../src/domain/result.ts';
import type { Target } from '../../src/domain/target.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { createPruneWorld, HOUR_MS, keysIn, PLAN, type PruneWorld } from '../support/prune-world.ts';

describe('the clock of a store', () => {
  let world: PruneWorld;

  beforeEach(async () => {
    world = await createPruneWorld();
  });

  const ask = (target: Target = world.repository.target) => storeNowMs({ ...world.repository, target }, PLAN);

  it('is read off an object made for it, which leaves nothing behind', async () => {
    world.store.nowMs += HOUR_MS;
    world.time.advance(-5 * HOUR_MS);
    expect(valueOf(await ask())).toBe(world.store.nowMs);
    expect(keysIn(world, '/lease/')).toEqual([]);
  });

  it('is unusable where everything has one time', async () => {
    const { target } = world.repository;
    const timeless = (modifiedMs: number): Target => ({
      ...target,
      stat: async (key) => {
        const facts = await target.stat(key);
        return facts.ok && facts.value !== undefined ? ok({ ...facts.value, modifiedMs }) : facts;
      },
    });
    expect(valueOf(await ask(timeless(0)))).toBeUndefined();
    expect(valueOf(await ask(timeless(Date.parse('2026-11-21T02:00:00Z'))))).toBeUndefined();
  });

  it('is unusable where the repository comes out as newer than now', async () => {
    world.store.nowMs -= HOUR_MS;
    expect(valueOf(await ask())).toBeUndefined();
  });

  it.each(['create', 'stat', 'remove'] as const)('is not known where %s fails', async (only) => {
    const target = faultyTarget(world.repository.target, { at: 0, moment: 'before', only: [only] });
    expect(failureIn(await ask(target)).code).toBe('TARGET_UNREACHABLE');
  });

  it('is not known where the probe has gone meanwhile', async () => {
    const { target } = world.repository;
    const vanishing: Target = { ...target, stat: () => Promise.resolve(ok(undefined)) };
    expect(failureIn(await ask(vanishing)).code).toBe('TARGET_IO');
  });
});
