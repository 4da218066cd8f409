import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeFacts } from '../../../src/catalog/event-facts.ts';
import { isProbeDue, newestProbe } from '../../../src/catalog/probe/newest-probe.ts';
import type { Catalog } from '../../../src/domain/snapshot.ts';
import {
  catalogOf,
  catalogSeenBy,
  createPruneWorld,
  DAY_MS,
  say,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { createRoleVerifier, createTestSigner } from '../../support/signing-double.ts';

const FACTS: ProbeFacts = {
  target: 'memory',
  createOnly: true,
  oneWinner: true,
  readAfterWrite: true,
  listAfterWrite: true,
  modificationTimes: true,
  clockAheadMs: -12,
  mayRemove: true,
  lock: false,
  durationMs: 40,
};

let world: PruneWorld;
const nowMs = (): number => world.time.clock.nowMs();
const newest = ({ events }: Catalog, changes: object = {}) =>
  newestProbe(events, { targetId: world.repository.targetId, nowMs: nowMs(), ...changes });

beforeEach(async () => {
  world = await createPruneWorld();
});

describe('what is known of a store', () => {
  it('is what the newest probe says, whoever of the trusted made it', async () => {
    await say(world, { event: 'probe', facts: FACTS });
    world.advance(DAY_MS);
    await say(world, { event: 'probe', facts: { ...FACTS, listAfterWrite: false } }, { by: world.pruner });
    const catalog = await catalogOf(world);
    expect(catalog.problems).toEqual([]);
    expect(newest(catalog)?.facts.listAfterWrite).toBe(false);
  });

  it('is nothing without a probe, and what another target does is no evidence', async () => {
    await say(world, { event: 'probe', facts: FACTS });
    const catalog = await catalogOf(world);
    expect(newest(catalog, { targetId: 'elsewhere' })).toBeUndefined();
    expect(newest({ ...catalog, events: [] })).toBeUndefined();
  });

  it('is not what a foreign signer claims', async () => {
    await say(world, { event: 'probe', facts: { ...FACTS, createOnly: false } });
    world.advance(DAY_MS);
    await forge();
    const catalog = await catalogOf(world);
    expect(newest(catalog)?.facts.createOnly).toBe(false);
    expect(catalog.problems.map(({ code }) => code)).toEqual(['RECORD_REJECTED']);
  });

  /** Signed by a key that only the attacker's own plan pins. */
  async function forge(): Promise<void> {
    const stranger = createTestSigner();
    const believing = createRoleVerifier([{ signer: stranger, may: ['write', 'apply', 'prune'] }]);
    await say({ ...world, verifier: believing }, { event: 'probe', facts: FACTS }, { by: stranger });
    const catalog = await catalogSeenBy(believing, [world]);
    expect(newest(catalog)?.facts.createOnly).toBe(true);
  }

  it('is not what a clock dates into the future', async () => {
    await say(world, { event: 'probe', facts: FACTS }, { atMs: nowMs() + DAY_MS });
    expect(newest(await catalogOf(world))).toBeUndefined();
  });

  it('is asked anew after a month', async () => {
    await say(world, { event: 'probe', facts: FACTS });
    const probe = newest(await catalogOf(world));
    expect(isProbeDue(undefined, nowMs())).toBe(true);
    expect(isProbeDue(probe, nowMs() + 29 * DAY_MS)).toBe(false);
    expect(isProbeDue(probe, nowMs() + 31 * DAY_MS)).toBe(true);
  });
});
