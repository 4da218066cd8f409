import { describe, expect, it } from 'vitest';
import type { ProbeFacts } from '../../../src/catalog/event-facts.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { CatalogStore, EventRecord } from '../../../src/domain/snapshot.ts';
import type { TargetCapabilities } from '../../../src/domain/target.ts';
import { logTrustRefusal } from '../../../src/planner/store-trust.ts';
import { catalog, DAY_MS, NOW_MS, plan } from '../builders.ts';
import { codes, event, nightly, prune, target } from './rig.ts';

const nights = nightly(5);
const HONEST: ProbeFacts = {
  target: 'local',
  createOnly: true,
  oneWinner: true,
  readAfterWrite: true,
  listAfterWrite: true,
  modificationTimes: true,
  clockAheadMs: 0,
  mayRemove: true,
  lock: false,
  durationMs: 20,
};

interface Known {
  readonly capabilities?: Partial<TargetCapabilities>;
  /** Oldest first, a day apart. */
  readonly probes?: readonly Partial<ProbeFacts>[];
  readonly exclusive?: true;
}

function storesWith({ capabilities = {} }: Known): ReadonlyMap<string, CatalogStore> {
  const all = { createOnly: true, listAfterWrite: true, staging: false, ...capabilities };
  return new Map([['local', { targetId: 'here', capabilities: all }]]);
}

function eventsOf({ probes = [] }: Known, targetId = 'here'): EventRecord[] {
  return probes.map((facts, index) => {
    const atMs = NOW_MS - (probes.length - index) * DAY_MS;
    return { ...event('probe', { ...HONEST, ...facts }, atMs), targetId };
  });
}

function planOf({ exclusive }: Known): Pick<Plan, 'targets'> {
  return { targets: { local: target('local', exclusive === undefined ? {} : { exclusive }) } };
}

const pruned = (known: Known): readonly string[] =>
  codes(
    prune({
      snapshots: nights,
      plan: planOf(known),
      catalog: { stores: storesWith(known), events: eventsOf(known) },
    }),
  );

const logged = (known: Known): string | undefined =>
  logTrustRefusal({
    plan: { ...plan([]), ...planOf(known) },
    catalog: { ...catalog([]), stores: storesWith(known), events: eventsOf(known) },
    target: 'local',
    nowMs: NOW_MS,
  })?.code;

const RACY: readonly (readonly [string, Known])[] = [
  ['cannot tell writers apart by its protocol', { capabilities: { createOnly: false } }],
  ['was seen to replace objects', { probes: [{ createOnly: false }] }],
  ['was seen to let several writers win', { probes: [{ oneWinner: false }] }],
];
const LATE: readonly (readonly [string, Known])[] = [
  ['lists late by its protocol', { capabilities: { listAfterWrite: false } }],
  ['was seen to list late', { probes: [{ listAfterWrite: false }] }],
];
const HOPELESS: readonly (readonly [string, Known])[] = [
  ['was seen to leave objects out of listings', { probes: [{ wholeListings: false }] }],
  ['was seen to give other bytes back', { probes: [{ readAfterWrite: false }] }],
];

describe('a target is pruned', () => {
  it.each([
    ['that nobody has probed', {}],
    ['that keeps its promises', { probes: [{}] }],
    ['that keeps them now', { probes: [{ listAfterWrite: false, createOnly: false }, {}] }],
  ] as const)('%s', (_, known) => {
    expect(pruned(known)).toEqual([]);
  });

  it.each([...RACY, ...LATE])('not where it %s, unless the plan declares it exclusive', (_, known) => {
    expect(pruned(known)).toEqual(['STORE_WEAK']);
    expect(pruned({ ...known, exclusive: true })).toEqual([]);
  });

  it.each(HOPELESS)('never where it %s', (_, known) => {
    expect(pruned(known)).toEqual(['STORE_WEAK']);
    expect(pruned({ ...known, exclusive: true })).toEqual(['STORE_WEAK']);
  });

  it('whatever another target was seen to do', () => {
    const events = eventsOf({ probes: [{ createOnly: false }] }, 'elsewhere');
    expect(codes(prune({ snapshots: nights, catalog: { stores: storesWith({}), events } }))).toEqual([]);
  });

  it('not without the right to delete, which is said before anything is marked', () => {
    const input = { targets: { local: { leftovers: [], mayRemove: false } } };
    const planned = prune({ snapshots: nights, input });
    expect(planned).toMatchObject({ condemn: [], sweep: [], leftovers: [] });
    expect(codes(planned)).toEqual(['TARGET_DENIED']);
  });
});

describe('the log is kept on a target', () => {
  it.each([['that nobody has probed', {}], ['that keeps its promises', { probes: [{}] }], ...LATE] as const)(
    '%s',
    (_, known) => {
      expect(logged(known)).toBeUndefined();
    },
  );

  it.each(RACY)('not where it %s, unless the plan declares it exclusive', (_, known) => {
    expect(logged(known)).toBe('STORE_WEAK');
    expect(logged({ ...known, exclusive: true })).toBeUndefined();
  });

  it('never where it was seen to give other bytes back', () => {
    expect(logged({ probes: [{ readAfterWrite: false }], exclusive: true })).toBe('STORE_WEAK');
  });
});
