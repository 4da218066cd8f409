import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RetentionPolicy } from '../../../src/domain/plan.ts';
import type { PruneChain, TargetPrune } from '../../../src/domain/prune-plan.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { DAY_MS, HOUR_MS, NOW_MS, POLICY, snapshot } from '../builders.ts';
import { condemned, ids, mark, prune, type World } from './rig.ts';

const count = fc.option(fc.nat({ max: 5 }), { nil: undefined });
const keep = fc
  .record({
    last: count,
    daily: count,
    weekly: count,
    withinMs: fc.option(fc.nat({ max: 20 * DAY_MS }), { nil: undefined }),
  })
  .map((rules) => Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)));

const policy = (graceMs: number): fc.Arbitrary<RetentionPolicy> =>
  fc.record({ rules: keep, minimum: fc.nat({ max: 3 }) }).map(({ rules, minimum }) => {
    return { ...POLICY, keep: rules, minimum, graceMs, maxDelete: 1 };
  });

const fact = fc.record({
  ageHours: fc.integer({ min: 1, max: 40 * 24 }),
  isFull: fc.boolean(),
  isDamaged: fc.constantFrom(false, false, false, true),
  isPinned: fc.constantFrom(false, false, false, false, true),
});

/** Oldest first; an incremental builds on what was taken before it, damaged or not. */
const history = fc
  .uniqueArray(fact, { maxLength: 30, selector: ({ ageHours }) => ageHours })
  .map((facts) => facts.sort((a, b) => b.ageHours - a.ageHours))
  .map((facts) => {
    const taken: Snapshot[] = [];
    for (const { ageHours, isFull, isDamaged, isPinned } of facts) {
      const parent = taken.at(-1);
      const base = snapshot({
        resource: 'calls',
        taken: new Date(NOW_MS - ageHours * HOUR_MS).toISOString(),
        ...(isFull || parent === undefined ? {} : { mode: 'incremental' as const, parent }),
        ...(isDamaged ? { states: { local: 'corrupt' as const } } : {}),
      });
      taken.push(isPinned ? { ...base, pinned: {} } : base);
    }
    return rejudged(taken);
  });

/** As the catalog judges: good where the copy is whole and the parent is good. */
function rejudged(snapshots: readonly Snapshot[]): Snapshot[] {
  const good = new Set<string>();
  return snapshots.map((one) => {
    const { parent } = one.record.chain;
    const isGood =
      one.copies[0]?.state === 'present' && (parent === undefined || good.has(parent.snapshotId));
    if (isGood) good.add(one.id);
    return { ...one, good: isGood, ...(isGood ? {} : { defect: 'damaged' }) };
  });
}

function check(graceMs: number, property: (world: World) => void): void {
  const worlds = fc.record({
    snapshots: history,
    policy: policy(graceMs),
    resource: fc.constant({ schedules: [] }),
  });
  fc.assert(fc.property(worlds, property), { numRuns: 250 });
}

function without(snapshots: readonly Snapshot[], chains: readonly PruneChain[]): Snapshot[] {
  const gone = new Set(ids(chains));
  return snapshots.filter(({ id }) => !gone.has(id));
}

function marked(snapshots: readonly Snapshot[], chains: readonly PruneChain[], graceMs: number): Snapshot[] {
  const chosen = new Set(ids(chains));
  return rejudged(
    snapshots.map((one) => {
      const unmarked = one.copies[0]?.state ?? 'present';
      return chosen.has(one.id) ? condemned(one, [mark({ markedMs: NOW_MS, graceMs })], { unmarked }) : one;
    }),
  );
}

const nothingNew = { condemn: [], sweep: [], reprieve: [], refusals: [] };

it('deletes nothing more the second time', () => {
  check(0, (world) => {
    const rest = without(world.snapshots, prune(world).sweep);
    expect(prune({ ...world, snapshots: rest })).toMatchObject({ ...nothingNew, waiting: [] });
  });
});

it('never splits a chain, never touches what is pinned or the newest good of a mode', () => {
  check(0, (world) => {
    const swept = new Set(ids(prune(world).sweep));
    for (const { id, record, pinned } of world.snapshots) {
      const chain = world.snapshots.filter((one) => one.record.chain.root === record.chain.root);
      expect(new Set(chain.map((one) => swept.has(one.id))).size).toBe(1);
      if (pinned !== undefined) expect(swept.has(id)).toBe(false);
    }
    for (const mode of ['full', 'incremental']) {
      const newest = world.snapshots.findLast((one) => one.good && one.mode === mode);
      expect(swept.has(newest?.id ?? '')).toBe(false);
    }
  });
});

it('leaves at least the minimum of good ones, or all there are', () => {
  check(0, (world) => {
    const swept = new Set(ids(prune(world).sweep));
    for (const mode of ['full', 'incremental']) {
      const good = world.snapshots.filter((one) => one.good && one.mode === mode);
      const left = good.filter(({ id }) => !swept.has(id)).length;
      expect(left).toBeGreaterThanOrEqual(Math.min(Math.max(world.policy?.minimum ?? 1, 1), good.length));
    }
  });
});

it('condemns exactly what it would have deleted without a grace', () => {
  check(HOUR_MS, (world) => {
    const patient = prune(world);
    const policyOf = world.policy ?? POLICY;
    const hasty = prune({ ...world, policy: { ...policyOf, graceMs: 0 } });
    expect(ids(patient.condemn)).toEqual(ids(hasty.sweep));
  });
});

it('leaves what it condemned waiting, and condemns nothing in its place', () => {
  check(HOUR_MS, (world) => {
    const { condemn } = prune(world);
    const again = prune({ ...world, snapshots: marked(world.snapshots, condemn, HOUR_MS) });
    expect(again).toMatchObject(nothingNew);
    expect(sortedIds(again.waiting)).toEqual(sortedIds(condemn));
  });
});

it('deletes what it condemned once the grace is over, and takes nothing of it back', () => {
  check(HOUR_MS, (world) => {
    const { condemn } = prune(world);
    const later = prune({
      ...world,
      snapshots: marked(world.snapshots, condemn, HOUR_MS),
      input: { nowMs: NOW_MS + HOUR_MS },
    });
    expect(sortedIds(later.sweep)).toEqual(sortedIds(condemn));
    expect(later).toMatchObject({ reprieve: [], waiting: [] });
  });
});

it('takes everything back once retention keeps everything', () => {
  check(HOUR_MS, (world) => {
    const { condemn } = prune(world);
    const generous = { ...POLICY, keep: { last: 100 } };
    const again = prune({
      ...world,
      policy: generous,
      snapshots: marked(world.snapshots, condemn, HOUR_MS),
    });
    const isWhole = ({ members }: PruneChain) =>
      members.some(({ snapshotId }) => world.snapshots.some(({ id, good }) => id === snapshotId && good));
    expect(sortedIds(again.reprieve)).toEqual(sortedIds(condemn.filter(isWhole)));
    expect(sortedIds(again.waiting)).toEqual(sortedIds(condemn.filter((chain) => !isWhole(chain))));
  });
});

it('puts no snapshot under two fates', () => {
  check(HOUR_MS, (world) => {
    const { condemn } = prune(world);
    const half = condemn.slice(0, Math.ceil(condemn.length / 2));
    const planned: TargetPrune = prune({ ...world, snapshots: marked(world.snapshots, half, 0) });
    const all = ids([...planned.condemn, ...planned.sweep, ...planned.waiting, ...planned.reprieve]);
    expect(new Set(all).size).toBe(all.length);
  });
});

function sortedIds(chains: readonly PruneChain[]): string[] {
  return ids(chains).sort();
}
