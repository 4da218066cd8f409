import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeFacts } from '../../../src/catalog/event-facts.ts';
import { probeStore } from '../../../src/catalog/probe/probe-store.ts';
import { failure } from '../../../src/domain/failure.ts';
import type { Result } from '../../../src/domain/result.ts';
import type { Target } from '../../../src/domain/target.ts';
import { faultyTarget } from '../../support/faulty-target.ts';
import { lyingTarget, type Lies } from '../../support/lying-target.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import {
  commitPruneChain,
  createPruneWorld,
  HOUR_MS,
  keysIn,
  PLAN,
  type PruneWorld,
} from '../../support/prune-world.ts';

const TRUTHFUL: Omit<ProbeFacts, 'target' | 'durationMs'> = {
  createOnly: true,
  oneWinner: true,
  readAfterWrite: true,
  listAfterWrite: true,
  modificationTimes: true,
  clockAheadMs: 0,
  mayRemove: true,
  lock: false,
};

let world: PruneWorld;

beforeEach(async () => {
  world = await createPruneWorld();
});

/** Lets whoever waits for the store's clock wait no longer than a turn. */
const hasty = (advance: (ms: number) => void) => ({
  after: (delayMs: number, action: () => void) => {
    advance(delayMs);
    action();
    return () => undefined;
  },
});

const probe = (
  target: Target = world.repository.target,
  { thorough = false, passes = true } = {},
): Promise<Result<ProbeFacts>> =>
  probeStore({
    repository: { ...world.repository, target },
    plan: PLAN,
    clock: world.time.clock,
    timers: hasty((ms) => {
      if (passes) world.advance(ms);
    }),
    thorough,
  });

const lying = (lies: Lies): Target => lyingTarget(world.repository.target, lies);
const leftovers = (): readonly string[] => [...keysIn(world, '/lease/'), ...keysIn(world, '/data/probe/')];

describe('the probe of a store', () => {
  it('finds that a truthful one keeps its promises, and leaves nothing behind', async () => {
    await commitPruneChain(world, { levels: 3 });
    const before = keysIn(world, '');
    expect(valueOf(await probe())).toMatchObject({ target: 'memory', ...TRUTHFUL });
    expect(keysIn(world, '')).toEqual(before);
  });

  it.each([
    ['replaces what exists', { replaces: true }, { createOnly: false }],
    ['lets all racers win', { manyWinners: true }, { oneWinner: false }],
    ['gives other bytes back', { mangles: true }, { readAfterWrite: false }],
    ['lists late', { listsLate: 1 }, { listAfterWrite: false }],
    ['lists late for long', { listsLate: 50 }, { listAfterWrite: false }],
    ['denies deletion', { deniesRemove: () => true }, { mayRemove: false }],
    [
      'denies the deletion of data alone',
      { deniesRemove: (key: string) => key.includes('/data/') },
      { mayRemove: false },
    ],
    ['runs ahead', { modifiedMs: (ms: number) => ms + HOUR_MS }, { clockAheadMs: HOUR_MS }],
    ['runs behind', { modifiedMs: (ms: number) => ms - HOUR_MS }, { clockAheadMs: -HOUR_MS }],
    ['locks what is new', { locks: true }, { lock: true, mayRemove: undefined }],
  ])('finds one that %s', async (_, lies, found) => {
    const { clockAheadMs = Infinity, ...facts } = valueOf(await probe(lying(lies)));
    const { clockAheadMs: expectedMs = 0, ...expected } = { ...TRUTHFUL, ...found };
    expect({ mayRemove: undefined, ...facts }).toMatchObject(expected);
    expect(Math.abs(clockAheadMs - expectedMs)).toBeLessThanOrEqual(1000);
  });

  it('finds one that gives every object one time, and blames no clock', async () => {
    const target = lying({ modifiedMs: () => Date.parse('2020-01-01T00:00:00Z') });
    const facts = valueOf(await probe(target));
    expect(facts.modificationTimes).toBe(false);
    expect(facts).not.toHaveProperty('clockAheadMs');
  });

  it('waits for a store whose times are coarse and that was set up just now', async () => {
    world = await createPruneWorld();
    const coarse = lying({ modifiedMs: (ms) => Math.floor(ms / 2000) * 2000 });
    expect(valueOf(await probe(coarse))).toMatchObject({ modificationTimes: true, clockAheadMs: 0 });
  });

  it.each([3, 5, 10])('finds one that drops the last of every %i keys', async (dropsAtPage) => {
    await commitPruneChain(world, { levels: 5 });
    expect(valueOf(await probe(lying({ dropsAtPage })))).toMatchObject({ wholeListings: false });
  });

  it('vouches for long listings only where it saw one', async () => {
    const long = async (): Promise<void> => {
      for (let index = 0; index < 1100; index += 1)
        await world.repository.target.create(
          `${PLAN}/data/files/bulk/${String(index)}.gpg`,
          Buffer.from('x'),
        );
    };
    expect(valueOf(await probe())).not.toHaveProperty('wholeListings');
    await long();
    expect(valueOf(await probe())).toMatchObject({ wholeListings: true });
  });

  it('makes a long listing of its own where it is asked to, and clears it away', async () => {
    const before = keysIn(world, '');
    expect(valueOf(await probe(undefined, { thorough: true }))).toMatchObject({ wholeListings: true });
    expect(keysIn(world, '')).toEqual(before);
    const dropping = lying({ dropsAtPage: 1000 });
    expect(valueOf(await probe(dropping, { thorough: true }))).toMatchObject({ wholeListings: false });
  });

  it('leaves few objects where it may not delete, and stops before they are many', async () => {
    const target = lying({ deniesRemove: () => true });
    valueOf(await probe(target, { thorough: true }));
    expect(leftovers().length).toBeLessThanOrEqual(3);
    let result = await probe(target);
    for (let run = 0; run < 50 && result.ok; run += 1) result = await probe(target);
    expect(failureIn(result).code).toBe('TARGET_DENIED');
    expect(leftovers().length).toBeLessThan(80);
  });

  it('says that creating is denied', async () => {
    expect(failureIn(await probe(lying({ deniesCreate: true }))).code).toBe('TARGET_DENIED');
    expect(leftovers()).toEqual([]);
  });

  it('finds nothing out, and leaves nothing, where any operation fails', async () => {
    const counted = faultyTarget(world.repository.target, { at: -1, moment: 'before' });
    valueOf(await probe(counted));
    const lost = failure('TARGET_UNREACHABLE', 'the line is dead');
    for (let at = 0; at < counted.calls(); at += 1) {
      const target = faultyTarget(world.repository.target, { at, moment: 'before', failure: lost });
      const result = await probe(target);
      // Only the clearing up may go wrong unnoticed: its rest is for prune.
      if (result.ok) expect(at).toBeGreaterThanOrEqual(counted.calls() - 3);
      else expect(result.failure).toEqual(lost);
    }
  });
});
