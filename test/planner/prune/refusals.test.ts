import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../../src/domain/plan.ts';
import { floorRefusal } from '../../../src/planner/prune/refusals.ts';
import { at, DAY_MS, HOUR_MS, NOW_MS, POLICY, snapshot } from '../builders.ts';
import { codes, condemned, event, ids, keepLast, mark, nightly, prune, target } from './rig.ts';

const nights = nightly(5);
const over = mark({ markedMs: NOW_MS - 2 * DAY_MS });

describe('a target is refused as a whole', () => {
  const gap = { target: 'local', code: 'CATALOG_GAP' as const, message: 'a record is not there' };
  const clock = (storeNowMs: number) => ({ targets: { local: { leftovers: [], storeNowMs } } });
  const cases = [
    ['with a gap', { catalog: { problems: [gap] } }, 'CATALOG_GAP'],
    ['not read in full', { catalog: { read: new Set<string>() } }, 'CATALOG_GAP'],
    ['under a clock that is ahead', { input: clock(NOW_MS - 5 * 60_000 - 1) }, 'CLOCK_SUSPECT'],
    ['under a clock that is behind', { input: clock(NOW_MS + 5 * 60_000 + 1) }, 'CLOCK_SUSPECT'],
  ] as const;

  it.each(cases)('%s', (_, rest, code) => {
    const planned = prune({ snapshots: nights, ...rest });
    expect(codes(planned)).toEqual([code]);
    expect(planned).toMatchObject({ condemn: [], sweep: [], refusals: [{ held: 3 }] });
    expect(planned.refusals[0]?.resource).toBeUndefined();
  });

  it.each(cases)('%s, but what is wanted again is taken back', (_, rest) => {
    const [first, ...others] = nights;
    const snapshots = [condemned(first!, [over]), ...others];
    expect(ids(prune({ snapshots, policy: keepLast(5), ...rest }).reprieve)).toEqual([first?.id]);
    const unwanted = prune({ snapshots, policy: keepLast(4), ...rest });
    expect(unwanted).toMatchObject({ sweep: [], refusals: [{ held: 1 }] });
  });

  it.each(cases)('%s, of which an apply speaks only where it holds something', (_, rest) => {
    const apply = { ...rest, input: { ...('input' in rest ? rest.input : {}), kind: 'apply' as const } };
    expect(codes(prune({ snapshots: nights, ...apply }))).toHaveLength(1);
    expect(codes(prune({ snapshots: nights, policy: keepLast(9), ...apply }))).toEqual([]);
    expect(codes(prune({ snapshots: nights, policy: keepLast(9), ...rest }))).toHaveLength(1);
  });

  it('not for a gap on another one, nor for five minutes', () => {
    const elsewhere = { catalog: { problems: [{ ...gap, target: 'offsite' }] } };
    expect(codes(prune({ snapshots: nights, ...elsewhere }))).toEqual([]);
    expect(codes(prune({ snapshots: nights, input: clock(NOW_MS - 5 * 60_000) }))).toEqual([]);
  });
});

describe('a resource keeps everything', () => {
  it('while a snapshot of it is dated in the future', () => {
    const later = snapshot({ resource: 'calls', taken: '2099-01-01T00:00:00Z' });
    const planned = prune({ snapshots: [...nights, later] });
    expect(planned).toMatchObject({ sweep: [], refusals: [{ resource: 'calls', held: 3 }] });
    expect(codes(planned)).toEqual(['CLOCK_SUSPECT']);
  });

  it('while its backup is late, unless that is taken first', () => {
    const late = nights.slice(0, 4);
    const planned = prune({ snapshots: late });
    expect(codes(planned)).toEqual(['BACKUP_OVERDUE']);
    expect(planned).toMatchObject({ sweep: [], refusals: [{ resource: 'calls', held: 2 }] });
    expect(codes(prune({ snapshots: late, input: { backedUpFirst: ['calls'] } }))).toEqual([]);
    const [first, ...rest] = late;
    expect(prune({ snapshots: [condemned(first!, [over]), ...rest], policy: keepLast(3) }).sweep).toEqual([]);
  });

  it('not while the source is known to be unchanged since', () => {
    const late = nights.slice(0, 4);
    const facts = { snapshotId: late.at(-1)?.id, resource: 'calls', mode: 'full' };
    const events = [event('unchanged', facts, NOW_MS - HOUR_MS)];
    expect(codes(prune({ snapshots: late, catalog: { events } }))).toEqual([]);
  });

  it('only where the late schedule sends its snapshots', () => {
    const both = nights.map((one) => ({
      ...one,
      copies: ['local', 'offsite'].flatMap((name) => one.copies.map((copy) => ({ ...copy, target: name }))),
    }));
    const world = {
      snapshots: both,
      plan: { targets: { local: target('local'), offsite: target('offsite') } },
      catalog: { read: new Set(['offsite']) },
      resource: {
        schedules: [at('full', '0 2 * * *'), at('incremental', '*/5 * * * *')],
        targets: { full: ['local', 'offsite'], incremental: ['local'] },
      },
    };
    expect(codes(prune({ ...world, input: { targets: { offsite: { leftovers: [] } } } }))).toEqual([]);
    const everywhere = { ...world.resource, targets: { full: ['offsite'], incremental: ['offsite'] } };
    const input = { targets: { offsite: { leftovers: [] } } };
    expect(codes(prune({ ...world, resource: everywhere, input }))).toEqual(['BACKUP_OVERDUE']);
  });

  it('by the schedule of the target where it has one', () => {
    const late = nights.slice(0, 4);
    const withTicks = (cron: string) => ({ edges: { local: { schedule: { cron, timezone: 'UTC' } } } });
    expect(codes(prune({ snapshots: late, resource: withTicks('0 3 * * 0') }))).toEqual([]);
    expect(codes(prune({ snapshots: late, resource: withTicks('0 1 * * 6') }))).toEqual(['BACKUP_OVERDUE']);
  });

  it('says nothing while there is nothing to hold', () => {
    expect(codes(prune({ snapshots: nights.slice(0, 4), policy: keepLast(9) }))).toEqual([]);
  });
});

describe('the delete guard', () => {
  const guarded = (last: number, maxDelete: number, allowDelete?: number) =>
    prune({
      snapshots: nights,
      policy: keepLast(last, { maxDelete }),
      input: allowDelete === undefined ? {} : { allowDelete },
    });

  it.each([
    [3, 0.3, ['DELETE_GUARD']],
    [3, 0.4, []],
    [4, 0.0, []],
    [1, 0.79, ['DELETE_GUARD']],
    [1, 0.8, []],
  ])('of 5 with the last %d kept and maxDelete %d: %j', (last, maxDelete, expected) => {
    const planned = guarded(last, maxDelete);
    expect(codes(planned)).toEqual(expected);
    expect(planned.sweep).toHaveLength(expected.length === 0 ? 5 - last : 0);
  });

  it('names the number that lifts it', () => {
    const [refusal] = guarded(2, 0.1).refusals;
    expect(refusal).toMatchObject({ resource: 'calls', held: 3 });
    expect(refusal?.failure.message).toBe('3 of 5 good snapshots would go, maxDelete is 10%');
    expect(refusal?.failure.hint).toContain('--max-delete 3');
    expect(codes(guarded(2, 0.1, 2))).toEqual(['DELETE_GUARD']);
    expect(guarded(2, 0.1, 3).sweep).toHaveLength(3);
  });

  it('counts good ones, and lets damaged ones go with them', () => {
    const damaged = nights.map((one, index) =>
      index < 3 ? { ...one, good: false, defect: 'checksum' } : one,
    );
    expect(prune({ snapshots: damaged, policy: keepLast(1, { maxDelete: 0.5 }) }).sweep).toHaveLength(4);
  });

  it('stops a typo that would drop 95 percent', () => {
    const planned = prune({ snapshots: nightly(100), policy: { ...POLICY, keep: { daily: 5 } } });
    expect(codes(planned)).toEqual(['DELETE_GUARD']);
    expect(planned).toMatchObject({ condemn: [], sweep: [], refusals: [{ held: 95 }] });
  });

  it('stops a flood of 10,000 snapshots by somebody who may write, which displaces nothing of the last days', () => {
    const real = nightly(30);
    const flood = Array.from({ length: 10_000 }, (_, index) =>
      snapshot({ resource: 'calls', taken: new Date(NOW_MS - HOUR_MS - index).toISOString() }),
    );
    const counted = prune({ snapshots: [...real, ...flood], policy: { ...POLICY, keep: { last: 10 } } });
    expect(counted).toMatchObject({ condemn: [], sweep: [] });
    expect(codes(counted)).toEqual(['DELETE_GUARD']);
    const within = { ...POLICY, keep: { last: 10, withinMs: 7 * DAY_MS } };
    const aged = prune({ snapshots: [...real, ...flood], policy: within });
    const gone = new Set(ids(aged.sweep));
    expect(real.filter(({ consistentAtMs }) => consistentAtMs > NOW_MS - 7 * DAY_MS)).toHaveLength(7);
    expect(real.slice(-7).some(({ id }) => gone.has(id))).toBe(false);
  });

  it('lifts nothing but itself', () => {
    const planned = prune({ snapshots: nights.slice(0, 4), input: { allowDelete: 100 } });
    expect(codes(planned)).toEqual(['BACKUP_OVERDUE']);
  });
});

describe('the floor', () => {
  const policies = { full: keepLast(1, { minimum: 3 }) };
  const refusal = (fresh: typeof nights, rest: { live?: typeof nights; policy?: RetentionPolicy } = {}) =>
    floorRefusal({
      policies: rest.policy === undefined ? policies : { full: rest.policy },
      live: rest.live ?? nights,
      release: { fresh: fresh.map((one) => [one]), confirmed: [], revoked: [], kept: [] },
    })?.code;

  it('is not crossed, whatever retention says', () => {
    expect(refusal(nights.slice(0, 2))).toBeUndefined();
    expect(refusal(nights.slice(0, 3))).toBe('LAST_GOOD');
  });

  it('never goes below one, and asks for no more than there are', () => {
    expect(refusal(nights, { policy: keepLast(0, { minimum: 0 }) })).toBe('LAST_GOOD');
    const damaged = nights.map((one, index) => (index < 4 ? { ...one, good: false } : one));
    expect(refusal(damaged.slice(0, 4), { live: damaged })).toBeUndefined();
    expect(refusal(damaged.slice(4), { live: damaged })).toBe('LAST_GOOD');
  });

  it('holds the last condemned chain while nothing good is left', () => {
    const confirmed = [[condemned(nights[0]!)]];
    const release = { fresh: [], confirmed, revoked: [], kept: [] };
    expect(floorRefusal({ policies, live: [], release })?.code).toBe('LAST_GOOD');
    expect(floorRefusal({ policies, live: nights.slice(1), release })).toBeUndefined();
  });
});
