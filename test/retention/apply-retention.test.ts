import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../src/domain/mode.ts';
import type { RetentionKeep, RetentionPolicy } from '../../src/domain/plan.ts';
import { applyRetention, type RetentionInput } from '../../src/retention/apply-retention.ts';
import { policy, snapshot, snapshots, type Facts } from './histories.ts';
import { keptByOracle } from './retention-oracle.ts';

const NOW_MS = Date.parse('2026-11-21T04:30:00Z');
const DAY_MS = 86_400_000;

function decide(
  facts: readonly Facts[],
  policies: RetentionInput['policies'],
  rest: Partial<RetentionInput> = {},
) {
  const { keep, remove } = applyRetention({
    policies,
    snapshots: snapshots(facts),
    timezone: 'UTC',
    nowMs: NOW_MS,
    ...rest,
  });
  return { kept: Object.fromEntries(keep.map(({ id, reasons }) => [id, reasons])), remove };
}

const days = (count: number): Facts[] =>
  Array.from({ length: count }, (_, age) => ({
    id: `d${String(age)}`,
    at: NOW_MS - age * DAY_MS - 7_200_000,
  }));

describe('applyRetention', () => {
  it('keeps by several rules and says each', () => {
    const { kept, remove } = decide(days(5), { full: policy({ last: 2, daily: 3 }) });
    expect(kept).toEqual({ d0: ['last', 'daily'], d1: ['last', 'daily'], d2: ['daily'] });
    expect(remove).toEqual(['d3', 'd4']);
  });

  it('never goes below the minimum, nor below one', () => {
    expect(decide(days(5), { full: policy({ withinMs: 1 }, 3) }).kept).toEqual({
      d0: ['minimum'],
      d1: ['minimum'],
      d2: ['minimum'],
    });
    expect(decide(days(5), { full: policy({}, 0) }).kept).toEqual({ d0: ['minimum'] });
  });

  it('counts only what is good: broken newer ones displace nothing', () => {
    const [first, second, ...older] = days(6);
    const facts = [{ ...first!, defect: 'checksum' }, { ...second!, defect: 'checksum' }, ...older];
    const { kept, remove } = decide(facts, { full: policy({ daily: 2 }) });
    expect(kept).toEqual({
      d0: ['not good: checksum'],
      d1: ['not good: checksum'],
      d2: ['daily'],
      d3: ['daily'],
    });
    expect(remove).toEqual(['d4', 'd5']);
  });

  it('lets what is not good go once the policy has passed its time', () => {
    const facts = days(4).with(3, { ...days(4)[3]!, defect: 'checksum' });
    expect(decide(facts, { full: policy({ last: 2 }) }).remove).toEqual(['d2', 'd3']);
  });

  it('keeps everything that is broken while nothing is good', () => {
    const facts = days(3).map((one) => ({ ...one, defect: 'checksum' }));
    expect(decide(facts, { full: policy({ last: 1 }) }).remove).toEqual([]);
  });

  const chain: Facts[] = [
    { id: 'full', at: '2026-10-01T00:00Z' },
    { id: 'inc1', at: '2026-10-02T00:00Z', mode: 'incremental', parent: 'full' },
    { id: 'inc2', at: '2026-10-03T00:00Z', mode: 'incremental', parent: 'inc1' },
    { id: 'inc3', at: '2026-10-04T00:00Z', mode: 'incremental', parent: 'inc1' },
    { id: 'fresh', at: '2026-11-20T00:00Z' },
    { id: 'inc4', at: '2026-11-21T00:00Z', mode: 'incremental', parent: 'fresh' },
  ];

  it('keeps a chain whole for the sake of one member', () => {
    const { kept, remove } = decide(chain, {
      full: policy({ last: 1 }),
      incremental: policy({ last: 2 }),
    });
    expect(kept).toEqual({
      inc4: ['last'],
      fresh: ['last'],
      inc3: ['last'],
      inc2: ['chain of inc3'],
      inc1: ['chain of inc3'],
      full: ['chain of inc3'],
    });
    expect(remove).toEqual([]);
  });

  it('releases a chain once no member is wanted', () => {
    const policies = { full: policy({ last: 1 }), incremental: policy({ last: 1 }) };
    expect(decide(chain, policies).remove).toEqual(['inc3', 'inc2', 'inc1', 'full']);
  });

  it('keeps an expired child for the sake of its full', () => {
    const policies = { full: policy({ last: 2 }), incremental: policy({ last: 1 }) };
    expect(decide(chain, policies).kept).toMatchObject({ full: ['last'], inc3: ['chain of full'] });
  });

  it('keeps a chain with a hole together', () => {
    const holed = chain.filter(({ id }) => id !== 'inc1').map((one) => snapshot(one));
    const inChain = holed.map((one) => {
      const { parent } = one.record.chain;
      const root = one.id === 'inc2' || one.id === 'inc3' ? 'full' : one.record.chain.root;
      const level = parent === undefined ? 0 : 2;
      return { ...one, record: { ...one.record, chain: { ...one.record.chain, root, level } } };
    });
    const { keep } = applyRetention({
      policies: { full: policy({ last: 2 }), incremental: policy({ last: 1 }) },
      snapshots: inChain,
      timezone: 'UTC',
      nowMs: NOW_MS,
    });
    expect(keep.map(({ id }) => id)).toEqual(['inc4', 'fresh', 'inc3', 'inc2', 'full']);
  });

  it('keeps what is pinned, for as long as it is, in nobody’s place', () => {
    const facts = days(6).map((one, age): Facts => {
      if (age === 3) return { ...one, pinned: {} };
      if (age === 4) return { ...one, pinned: { untilMs: NOW_MS + 1 } };
      return age === 5 ? { ...one, pinned: { untilMs: NOW_MS } } : one;
    });
    const { kept, remove } = decide(facts, { full: policy({ last: 1 }, 2) });
    expect(kept).toEqual({ d0: ['last'], d1: ['minimum'], d3: ['pinned'], d4: ['pinned'] });
    expect(remove).toEqual(['d2', 'd5']);
  });

  it('keeps a chain of which a child is pinned, even one that is not good', () => {
    const pinned = chain.map((one) => (one.id === 'inc2' ? { ...one, pinned: {}, defect: 'checksum' } : one));
    const policies = { full: policy({ last: 1 }), incremental: policy({ last: 1 }) };
    expect(decide(pinned, policies).kept).toMatchObject({ inc2: ['pinned'], full: ['chain of inc2'] });
  });

  it('always keeps the newest good one, whatever else fills the minimum', () => {
    const facts: Facts[] = [
      { id: 'labelled', at: NOW_MS - 20 * DAY_MS, label: 'deploy-1' },
      { id: 'newest', at: NOW_MS - 3 * DAY_MS },
    ];
    const { kept } = decide(facts, {
      full: policy({ withinMs: DAY_MS, labels: { 'deploy-*': 90 * DAY_MS } }),
    });
    expect(kept).toEqual({ newest: ['minimum'], labelled: ['label deploy-*'] });
  });

  it('judges each mode by its own policy', () => {
    const facts: Facts[] = [
      ...days(3),
      ...days(3).map((one) => ({ ...one, id: `s-${one.id}`, mode: 'schema' as const })),
    ];
    const { remove } = decide(facts, { full: policy({ last: 2 }), schema: policy({ last: 1 }) });
    expect(remove).toEqual(['s-d1', 's-d2', 'd2']);
  });

  it('keeps a mode without a policy', () => {
    expect(decide(days(2), {}).kept).toEqual({ d0: ['no policy'], d1: ['no policy'] });
  });

  it('keeps what a clock dated into the future, in nobody’s place', () => {
    const facts = [...days(3), { id: 'later', at: '2027-11-21T00:00Z' }];
    const { kept, remove } = decide(facts, { full: policy({ last: 1 }) });
    expect(kept).toEqual({ later: ['dated in the future'], d0: ['last'] });
    expect(remove).toEqual(['d1', 'd2']);
  });

  it('gives no place to what a restore saved before it replaced it', () => {
    const label = 'before-01m8qzhyarz05mc9pdgzfkdkqa';
    const saved = (id: string, age: number): Facts => ({ id, at: NOW_MS - age * DAY_MS, label });
    const { kept, remove } = decide([saved('s0', 0), ...days(4), saved('s9', 9)], {
      full: policy({ last: 1, daily: 2 }),
    });
    expect(kept).toEqual({
      s0: ['saved before a restore'],
      d0: ['last', 'daily'],
      d1: ['daily'],
    });
    expect(remove).toEqual(['d2', 'd3', 's9']);
    expect(decide([saved('s0', 0)], { full: policy({}, 0) }).remove).toEqual([]);
  });

  it('keeps labelled snapshots for as long as their label says', () => {
    const facts: Facts[] = [
      { id: 'new', at: NOW_MS - DAY_MS },
      { id: 'old', at: NOW_MS - 40 * DAY_MS, label: 'deploy-41' },
      { id: 'older', at: NOW_MS - 91 * DAY_MS, label: 'deploy-7' },
      { id: 'other', at: NOW_MS - 40 * DAY_MS - 1, label: 'predeploy-41' },
      { id: 'dots', at: NOW_MS - 40 * DAY_MS - 2, label: 'v1x2' },
    ];
    const { kept, remove } = decide(facts, {
      full: policy({ last: 1, labels: { 'deploy-*': 90 * DAY_MS, 'v1.?': 90 * DAY_MS } }),
    });
    expect(kept).toEqual({ new: ['last'], old: ['label deploy-*'] });
    expect(remove).toEqual(['other', 'dots', 'older']);
  });

  it('splits days where the zone does', () => {
    const facts: Facts[] = [
      { id: 'late', at: '2026-11-20T23:30Z' },
      { id: 'evening', at: '2026-11-20T22:30Z' },
    ];
    expect(decide(facts, { full: policy({ daily: 5 }) }).remove).toEqual(['evening']);
    expect(decide(facts, { full: policy({ daily: 5 }) }, { timezone: 'Europe/Berlin' }).remove).toEqual([]);
  });

  it('counts the hour that comes twice once', () => {
    const facts: Facts[] = [
      { id: 'second', at: '2026-10-25T01:30Z' },
      { id: 'first', at: '2026-10-25T00:30Z' },
    ];
    expect(decide(facts, { full: policy({ hourly: 5 }) }, { timezone: 'Europe/Berlin' }).remove).toEqual([
      'first',
    ]);
  });

  it('knows ISO weeks at the turn of a year', () => {
    const facts: Facts[] = [
      { id: 'sunday', at: '2027-01-03T12:00Z' },
      { id: 'monday', at: '2026-12-28T12:00Z' },
      { id: 'before', at: '2026-12-27T12:00Z' },
    ];
    const { remove } = decide(
      facts,
      { full: policy({ weekly: 9 }) },
      { nowMs: Date.parse('2027-01-04T00:00Z') },
    );
    expect(remove).toEqual(['monday']);
  });
});

describe('any policy and any history', () => {
  const modes: readonly Mode[] = ['full', 'incremental', 'schema'];
  const count = fc.option(fc.nat({ max: 6 }), { nil: undefined });
  const keep = fc
    .record({
      last: count,
      hourly: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
      withinMs: fc.option(fc.nat({ max: 40 * DAY_MS }), { nil: undefined }),
      labels: fc.option(fc.constant({ 'deploy-*': 90 * DAY_MS }), { nil: undefined }),
    })
    .map(
      (rules) =>
        Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)) as RetentionKeep,
    );
  const policies: fc.Arbitrary<RetentionPolicy> = fc
    .tuple(keep, fc.nat({ max: 4 }))
    .map(([rules, minimum]) => policy(rules, minimum));
  const start = Date.parse('2024-02-26T00:00Z');
  const instant = fc.oneof(
    fc.integer({ min: start, max: NOW_MS }),
    fc.integer({ min: Date.parse('2026-10-24T20:00Z'), max: Date.parse('2026-10-25T06:00Z') }),
    fc.integer({ min: Date.parse('2024-12-28T00:00Z'), max: Date.parse('2025-01-06T00:00Z') }),
    fc.integer({ min: NOW_MS, max: NOW_MS + 30 * DAY_MS }),
  );
  const fact = fc.record({
    at: instant,
    mode: fc.constantFrom(...modes),
    label: fc.constantFrom(undefined, undefined, 'deploy-1', 'other'),
    defect: fc.constantFrom(undefined, undefined, undefined, 'checksum'),
    parentIndex: fc.nat({ max: 50 }),
    pinned: fc.constantFrom(
      undefined,
      undefined,
      undefined,
      undefined,
      {},
      { untilMs: NOW_MS + DAY_MS },
      { untilMs: 1 },
    ),
  });
  const history = fc.array(fact, { maxLength: 40 }).map((facts) =>
    snapshots(
      facts.map(({ parentIndex, label, defect, pinned, ...rest }, index) => ({
        id: `s${String(index).padStart(2, '0')}`,
        ...rest,
        ...(label === undefined ? {} : { label }),
        ...(defect === undefined ? {} : { defect }),
        ...(pinned === undefined ? {} : { pinned }),
        ...(rest.mode === 'incremental' && parentIndex < index
          ? { parent: `s${String(parentIndex).padStart(2, '0')}` }
          : {}),
      })),
    ),
  );
  const situation: fc.Arbitrary<RetentionInput> = fc.record({
    policies: fc.record({ full: policies, incremental: policies }),
    snapshots: history,
    timezone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    ),
    nowMs: fc.constant(NOW_MS),
  });
  const check = (property: (input: RetentionInput) => void) => {
    fc.assert(fc.property(situation, property), { numRuns: 400 });
  };

  it('equals the oracle', () => {
    check((input) => {
      const { keep: kept } = applyRetention(input);
      expect(kept.map(({ id }) => id).sort()).toEqual([...keptByOracle(input)].sort());
    });
  });

  it('puts every snapshot on exactly one side', () => {
    check((input) => {
      const { keep: kept, remove } = applyRetention(input);
      expect([...kept.map(({ id }) => id), ...remove].sort()).toEqual(
        input.snapshots.map(({ id }) => id).sort(),
      );
    });
  });

  it('has nothing more to remove from what it kept', () => {
    check((input) => {
      const removed = new Set(applyRetention(input).remove);
      const rest = input.snapshots.filter(({ id }) => !removed.has(id));
      expect(applyRetention({ ...input, snapshots: rest }).remove).toEqual([]);
    });
  });

  it('depends on no order', () => {
    check((input) => {
      expect(applyRetention({ ...input, snapshots: input.snapshots.toReversed() })).toEqual(
        applyRetention(input),
      );
    });
  });

  it('keeps or removes whole chains, never what is pinned, never the newest good one', () => {
    check((input) => {
      const removed = new Set(applyRetention(input).remove);
      for (const { id, record, pinned } of input.snapshots) {
        const inChain = input.snapshots.filter((one) => one.record.chain.root === record.chain.root);
        expect(new Set(inChain.map((one) => removed.has(one.id))).size).toBe(1);
        if (pinned !== undefined && (pinned.untilMs ?? Infinity) > NOW_MS)
          expect(removed.has(id)).toBe(false);
      }
      for (const mode of modes) {
        const good = input.snapshots.filter(
          (one) => one.good && one.mode === mode && one.consistentAtMs <= NOW_MS + 300_000,
        );
        const newest = good.sort((a, b) => b.consistentAtMs - a.consistentAtMs || (a.id < b.id ? 1 : -1))[0];
        expect(removed.has(newest?.id ?? '')).toBe(false);
      }
    });
  });

  it('leaves no fewer good ones than the minimum', () => {
    check((input) => {
      const removed = new Set(applyRetention(input).remove);
      for (const mode of modes) {
        const minimum = input.policies[mode]?.minimum ?? 0;
        const good = input.snapshots.filter(
          (one) => one.good && one.mode === mode && one.consistentAtMs <= NOW_MS + 300_000,
        );
        const left = good.filter(({ id }) => !removed.has(id)).length;
        expect(left).toBeGreaterThanOrEqual(Math.min(minimum, good.length));
      }
    });
  });
});
