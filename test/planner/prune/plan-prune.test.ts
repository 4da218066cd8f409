import { describe, expect, it } from 'vitest';
import type { Leftover } from '../../../src/domain/prune-plan.ts';
import { planPrune } from '../../../src/planner/prune/plan-prune.ts';
import { catalog, DAY_MS, HOUR_MS, NOW_MS, plan, resource, snapshot } from '../builders.ts';
import { codes, ids, keepLast, nightly, prune, prunePlan, target } from './rig.ts';

const nights = nightly(5);
const idsOf = (snapshots: readonly { readonly id: string }[]) => snapshots.map(({ id }) => id);
const leftover: Leftover = { kind: 'data', key: 'acme/data/x', bytes: 7, modifiedMs: 0 };

describe('what retention releases', () => {
  it('is deleted at once without a grace, chain by chain', () => {
    const planned = prune({ snapshots: nights });
    expect(ids(planned.sweep)).toEqual(idsOf(nights.slice(0, 3)));
    expect(planned).toMatchObject({ condemn: [], waiting: [], reprieve: [], refusals: [], leftovers: [] });
    expect(planned.sweep[0]).toEqual({
      resource: 'calls',
      root: nights[0]?.id,
      graceMs: 0,
      sweepAtMs: NOW_MS,
      members: [
        {
          snapshotId: nights[0]?.id,
          recordKey: `key of ${nights[0]?.id ?? ''}`,
          recordSha256: '00',
          mode: 'full',
          consistentAtMs: nights[0]?.consistentAtMs,
          bytes: 3 * 1024 ** 3 + 1024,
        },
      ],
    });
  });

  it('is marked where the policy gives a grace', () => {
    const planned = prune({ snapshots: nights, policy: keepLast(2, { graceMs: HOUR_MS }) });
    expect(planned.sweep).toEqual([]);
    expect(ids(planned.condemn)).toEqual(idsOf(nights.slice(0, 3)));
    expect(planned.condemn[0]).toMatchObject({ graceMs: HOUR_MS, sweepAtMs: NOW_MS + HOUR_MS });
  });

  it.each([
    ['just now', 0, 0, 72 * HOUR_MS],
    ['almost 72 hours ago', 72 * HOUR_MS - 1, 0, 72 * HOUR_MS],
    ['72 hours ago', 72 * HOUR_MS, 0, 0],
    ['and the policy is more patient', 0, 100 * HOUR_MS, 100 * HOUR_MS],
  ])('waits 72 hours where retention changed: %s', (_, agoMs, graceMs, expected) => {
    const planned = prune({
      snapshots: nights,
      policy: keepLast(2, { graceMs }),
      input: { retentionChangedAmong: { calls: NOW_MS - agoMs, other: NOW_MS } },
    });
    expect(ids([...planned.condemn, ...planned.sweep])).toEqual(idsOf(nights.slice(0, 3)));
    expect([...planned.condemn, ...planned.sweep].map((chain) => chain.graceMs)).toEqual(
      Array.from({ length: 3 }, () => expected),
    );
  });

  it('is a whole chain, oldest first, with the longest grace of its modes', () => {
    const full = snapshot({ resource: 'calls', taken: '2026-11-01T02:00:00Z' });
    const child = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: full,
      taken: '2026-11-02T02:00:00Z',
      record: { label: 'deploy-7' },
    });
    const leaf = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: child,
      taken: '2026-11-03T02:00:00Z',
    });
    const later = nightly(1)[0]!;
    const last = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: later,
      taken: new Date(NOW_MS - HOUR_MS).toISOString(),
    });
    const retention = { full: keepLast(1), incremental: keepLast(1, { graceMs: DAY_MS }) };
    const snapshots = [full, child, leaf, later, last];
    const { condemn } = prune({ snapshots, resource: { retention } });
    expect(condemn).toHaveLength(1);
    expect(condemn[0]).toMatchObject({ root: full.id, graceMs: DAY_MS });
    expect(ids(condemn)).toEqual([full.id, child.id, leaf.id]);
    expect(condemn[0]?.members[1]?.label).toBe('deploy-7');
    const patient = { ...retention, incremental: keepLast(2) };
    expect(prune({ snapshots, resource: { retention: patient } }).sweep).toEqual([]);
  });

  it('is nothing of what is pinned, on any target', () => {
    const [first, ...rest] = nights;
    const planned = prune({ snapshots: [{ ...first!, pinned: {} }, ...rest] });
    expect(ids(planned.sweep)).toEqual(idsOf(nights.slice(1, 3)));
    const expired = prune({ snapshots: [{ ...first!, pinned: { untilMs: NOW_MS } }, ...rest] });
    expect(ids(expired.sweep)).toEqual(idsOf(nights.slice(0, 3)));
  });
});

describe('each target by itself', () => {
  const targets = { local: target('local'), offsite: target('offsite') };
  const both = nightly(5, { targets: ['local', 'offsite'] });
  const wide = {
    plan: { targets },
    catalog: { read: new Set(['local', 'offsite']) },
    input: { targets: { local: { leftovers: [] }, offsite: { leftovers: [] } } },
  };

  it('has the retention of its edge', () => {
    const edges = { offsite: { retention: keepLast(4) } };
    const planned = prunePlan({ snapshots: both, resource: { edges }, ...wide });
    expect(planned.targets.map(({ target: name, sweep }) => [name, ids(sweep)])).toEqual([
      ['local', idsOf(both.slice(0, 3))],
      ['offsite', idsOf(both.slice(0, 1))],
    ]);
  });

  it('is judged on what lies there, by the copy that lies there', () => {
    const snapshots = both.map((one, index) => {
      if (index === 4) return { ...one, copies: one.copies.slice(0, 1) };
      if (index !== 3) return one;
      const copies = one.copies.map((copy) =>
        copy.target === 'offsite' ? { ...copy, state: 'corrupt' as const } : copy,
      );
      return { ...one, copies };
    });
    const planned = prunePlan({ snapshots, policy: keepLast(2), resource: { schedules: [] }, ...wide });
    expect(planned.targets.map(({ sweep }) => ids(sweep))).toEqual([
      idsOf(both.slice(0, 3)),
      idsOf(both.slice(0, 1)),
    ]);
  });

  it('counts no child whose parent is not good there', () => {
    const [old, full] = nightly(2, { targets: ['local', 'offsite'] });
    const child = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: full!,
      taken: new Date(NOW_MS - HOUR_MS).toISOString(),
      targets: ['local', 'offsite'],
    });
    const broken = {
      ...full!,
      copies: full!.copies.map((copy) => ({
        ...copy,
        state: copy.target === 'offsite' ? ('missing' as const) : copy.state,
      })),
    };
    const planned = prunePlan({ snapshots: [old!, broken, child], policy: keepLast(1), ...wide });
    expect(planned.targets.map(({ sweep }) => ids(sweep))).toEqual([[old!.id], []]);
  });

  it('is left alone by an apply where only a prune may delete, without a word', () => {
    const separate = {
      ...wide,
      plan: { targets: { ...targets, offsite: target('offsite', { prune: 'separate' }) } },
    };
    const apply = { ...separate, input: { ...wide.input, kind: 'apply' as const } };
    expect(prunePlan({ snapshots: both, ...apply }).targets.map((one) => one.target)).toEqual(['local']);
    expect(prunePlan({ snapshots: both, ...separate }).targets).toHaveLength(2);
  });

  it('is pruned only where it was asked for', () => {
    const one = { ...wide, input: { targets: { offsite: { leftovers: [] } } } };
    expect(prune({ snapshots: both, ...one }).target).toBe('offsite');
  });
});

describe('what is not judged', () => {
  it.each([
    ['a resource that was removed', { input: { plan: plan([resource('other')]) } }],
    ['a resource that is disabled', { resource: { enabled: false } }],
    ['a resource whose backup failed', { input: { exclude: ['calls'] } }],
    ['a resource that was not asked for', { input: { resources: ['other'] } }],
    ['a mode without a policy', { resource: { retention: {} } }],
  ])('%s', (_, rest) => {
    const planned = prune({ snapshots: nights, ...rest });
    expect(planned).toMatchObject({ sweep: [], condemn: [], waiting: [], reprieve: [], refusals: [] });
  });
});

describe('leftovers', () => {
  const targets = { local: { leftovers: [leftover] } };

  it('are collected on a target that is whole', () => {
    expect(prune({ snapshots: nights, input: { targets } }).leftovers).toEqual([leftover]);
    expect(prune({ snapshots: [], input: { targets } }).leftovers).toEqual([leftover]);
  });

  it.each([
    [
      'a record is missing',
      { catalog: { problems: [{ target: 'local', code: 'CATALOG_GAP' as const, message: 'm' }] } },
    ],
    ['not all was read', { catalog: { read: new Set<string>() } }],
    [
      'the clock is wrong',
      { input: { targets: { local: { leftovers: [leftover], storeNowMs: NOW_MS - HOUR_MS } } } },
    ],
    ['only some resources are asked for', { input: { resources: ['calls'], targets } }],
  ])('stay while %s', (_, rest) => {
    expect(
      prune({ snapshots: nights, ...rest, input: { targets, ...('input' in rest ? rest.input : {}) } })
        .leftovers,
    ).toEqual([]);
  });
});

describe('10,000 snapshots', () => {
  it.each([
    ['of one resource', 1],
    ['of 10,000 resources', 10_000],
  ])('%s are judged in a moment', (_, count) => {
    const names = Array.from({ length: count }, (_one, index) => `r${String(index)}`);
    const snapshots = Array.from({ length: 10_000 }, (_one, index) =>
      snapshot({
        resource: names[index % count] ?? '',
        taken: new Date(NOW_MS - 2 * HOUR_MS - Math.floor((9_999 - index) / count) * HOUR_MS).toISOString(),
      }),
    );
    const retention = {
      full: keepLast(9, { keep: { last: 3, daily: 7, weekly: 4, monthly: 12, yearly: 7 } }),
    };
    const input = {
      kind: 'prune' as const,
      plan: plan(names.map((name) => resource(name, { retention }))),
      catalog: catalog(snapshots),
      targets: { local: { leftovers: [] } },
      nowMs: NOW_MS,
    };
    planPrune(input);
    const times = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      planPrune(input);
      return process.cpuUsage(before).user / 1_000;
    });
    expect(Math.min(...times), 'milliseconds of CPU').toBeLessThan(300);
    expect(planPrune(input).targets[0]?.sweep.length).toBe(count === 1 ? 9_978 : 0);
    expect(codes(planPrune(input).targets[0]!)).toEqual([]);
  });
});
