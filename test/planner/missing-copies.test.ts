import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USUAL_TARGET_LIMITS, type RetentionPolicy } from '../../src/domain/plan.ts';
import type { CopyTask } from '../../src/domain/run-graph.ts';
import type { Catalog, Copy, Snapshot } from '../../src/domain/snapshot.ts';
import { copySteps } from '../../src/planner/copy-steps.ts';
import { missingCopies } from '../../src/planner/missing-copies.ts';
import { planPrune } from '../../src/planner/prune/plan-prune.ts';
import { at, catalog, DAY_MS, NOW_MS, plan, POLICY, resource, snapshot } from './builders.ts';

const TARGETS = ['local', 'near', 'offsite', 'far'];
const spec = (name: string, offsite = false) =>
  ({ name, type: 'any', options: {}, offsite, prune: 'apply', limits: USUAL_TARGET_LIMITS }) as const;
const targets = {
  offsite: spec('offsite', true),
  far: spec('far', true),
  local: spec('local'),
  near: spec('near'),
};

interface World {
  readonly goesTo?: readonly string[];
  readonly rest?: Partial<Catalog>;
  readonly retention?: RetentionPolicy;
  readonly edge?: RetentionPolicy;
  readonly hosts?: readonly string[];
  readonly resources?: readonly string[];
}

function planOf({ goesTo = ['local', 'offsite'], retention = POLICY, edge, hosts = [] }: World) {
  const calls = resource('calls', {
    schedules: [at('full', '0 2 * * *'), at('incremental', '0 3 * * *')],
    targets: { full: goesTo, incremental: goesTo },
    retention: { full: retention, incremental: retention },
    edges: edge === undefined ? {} : { offsite: { retention: edge } },
    hosts,
  });
  return plan([calls], [], { targets });
}

function missing(snapshots: readonly Snapshot[], world: World = {}): readonly CopyTask[] {
  return missingCopies({
    plan: planOf(world),
    catalog: catalog(snapshots, { read: new Set(TARGETS), ...world.rest }),
    nowMs: NOW_MS,
    host: 'db-1',
    near: new Set(['near']),
    ...(world.resources === undefined ? {} : { resources: world.resources }),
  });
}

const places = (copies: readonly CopyTask[]) => copies.map(({ snapshotId, target }) => [snapshotId, target]);

const full = snapshot({ resource: 'calls', taken: '2026-11-19T02:00:00Z' });
const child = snapshot({
  resource: 'calls',
  mode: 'incremental',
  parent: full,
  taken: '2026-11-20T02:00:00Z',
});

describe('a copy that a target lacks', () => {
  it('is made with the whole chain, the full first', () => {
    const copies = missing([full, child]);
    expect(copies).toMatchObject([
      { snapshotId: full.id, target: 'offsite', sources: ['local'], bytes: 3 * 1024 ** 3 + 1024 },
      { snapshotId: child.id, target: 'offsite', parentId: full.id },
    ]);
    expect(copySteps(planOf({}), copies).map(({ needs }) => needs)).toEqual([
      [],
      [`copy calls@${full.id} → offsite`],
    ]);
  });

  it('brings what lies only offsite back, too', () => {
    const away = snapshot({ resource: 'calls', taken: '2026-11-19T02:00:00Z', targets: ['offsite'] });
    expect(places(missing([away]))).toEqual([[away.id, 'local']]);
  });

  it('is read from a folder of this machine first, then not offsite, then as the plan names them', () => {
    const everywhere = snapshot({
      resource: 'calls',
      taken: '2026-11-19T02:00:00Z',
      targets: ['far', 'offsite', 'local', 'near'],
    });
    const goesTo = ['other'];
    const read = new Set(['other']);
    const [copy] = missing([everywhere], { goesTo, rest: { read } });
    expect(copy?.sources).toEqual(['near', 'local', 'offsite', 'far']);
  });

  it('is made of the chain with the newest snapshot first', () => {
    const newer = snapshot({ resource: 'calls', taken: '2026-11-20T22:00:00Z' });
    expect(places(missing([full, child, newer])).map(([id]) => id)).toEqual([newer.id, full.id, child.id]);
  });

  it('gets data back under a record that is there', () => {
    const states = { offsite: 'missing' as const };
    const both = ['local', 'offsite'];
    const empty = snapshot({ resource: 'calls', taken: '2026-11-19T02:00:00Z', targets: both, states });
    expect(places(missing([empty]))).toEqual([[empty.id, 'offsite']]);
  });

  it.each(['corrupt', 'condemned', 'archived'] as const)('is not one that is %s there', (state) => {
    const states = { offsite: state };
    const both = ['local', 'offsite'];
    const there = snapshot({ resource: 'calls', taken: '2026-11-19T02:00:00Z', targets: both, states });
    expect(missing([there])).toEqual([]);
  });

  it('is none where a prune deleted it, and then nothing that is built on it is', () => {
    const pruned = new Map([['offsite', new Set([full.id])]]);
    expect(missing([full, child], { rest: { pruned } })).toEqual([]);
  });

  it('is not made of what is not good, demoted, or condemned where it would be read', () => {
    const [copy] = full.copies;
    if (copy === undefined) throw new Error('no copy');
    expect(missing([{ ...full, good: false }])).toEqual([]);
    expect(missing([{ ...full, copies: [{ ...copy, demoted: true }] }])).toEqual([]);
    const marked = { ...child, copies: [{ ...copy, state: 'condemned' as const }] };
    expect(missing([full, marked])).toEqual([]);
  });

  it('is not made of what was built there on another record', () => {
    const copies = [...child.copies, ...child.copies.map((copy): Copy => ({ ...copy, target: 'offsite' }))];
    const onFull = full.copies.map((copy): Copy => ({ ...copy, target: 'offsite', recordSha256: '11' }));
    const orphan = { ...child, copies };
    expect(missing([{ ...full, copies: [...full.copies, ...onFull] }, orphan])).toEqual([]);
  });

  it('is none on a target that was not read, of another host, or of what was not asked for', () => {
    expect(missing([full], { rest: { read: new Set(['local']) } })).toEqual([]);
    expect(missing([full], { hosts: ['db-2'] })).toEqual([]);
    expect(missing([full], { resources: ['other'] })).toEqual([]);
    expect(missing([full], { resources: ['calls'] })).toHaveLength(1);
  });

  it('is none that the retention of the target would release at once', () => {
    const old = snapshot({ resource: 'calls', taken: '2026-10-01T02:00:00Z' });
    const last = { ...POLICY, keep: { last: 1 }, minimum: 1 };
    expect(places(missing([old, full], { edge: last }))).toEqual([[full.id, 'offsite']]);
    expect(missing([old, full], { edge: { ...POLICY, keep: { withinMs: 90 * DAY_MS } } })).toHaveLength(2);
  });
});

describe('any history', () => {
  const state = fc.constantFrom(
    'present',
    'present',
    'present',
    'missing',
    'corrupt',
    'condemned',
    'archived',
  );
  const member = fc.record({
    ageHours: fc.integer({ min: 1, max: 24 * 60 }),
    follows: fc.boolean(),
    states: fc.dictionary(fc.constantFrom('local', 'offsite'), state, { minKeys: 1 }),
    pruned: fc.boolean(),
  });
  const keep = fc.record({
    last: fc.integer({ min: 0, max: 4 }),
    daily: fc.integer({ min: 0, max: 5 }),
    weekly: fc.integer({ min: 0, max: 3 }),
  });
  const world = fc.record({
    members: fc.array(member, { maxLength: 14 }),
    keep,
    edge: fc.option(keep, { nil: undefined }),
    minimum: fc.integer({ min: 1, max: 3 }),
  });
  type Some = typeof world extends fc.Arbitrary<infer S> ? S : never;

  function build({ members, keep: kept, edge, minimum }: Some) {
    const snapshots: Snapshot[] = [];
    const pruned = new Set<string>();
    const oldestFirst = members.toSorted((a, b) => b.ageHours - a.ageHours);
    for (const [index, one] of oldestFirst.entries()) {
      const parent = one.follows ? snapshots.at(-1) : undefined;
      const taken = new Date(NOW_MS - one.ageHours * 3_600_000 + index).toISOString();
      const states = one.states as Readonly<Record<string, Copy['state']>>;
      const made = snapshot({
        resource: 'calls',
        taken,
        targets: Object.keys(states),
        states,
        mode: parent === undefined ? 'full' : 'incremental',
        ...(parent === undefined ? {} : { parent }),
        good:
          parent?.good !== false &&
          Object.values(states).some((found) => found === 'present' || found === 'archived'),
      });
      const id = `${made.id}-${String(index)}`;
      const root = parent?.record.chain.root ?? id;
      snapshots.push({
        ...made,
        id,
        record: { ...made.record, snapshotId: id, chain: { ...made.record.chain, root } },
      });
      if (one.pruned && states['offsite'] === undefined) pruned.add(id);
    }
    const policy = { ...POLICY, minimum, maxDelete: 1 };
    return {
      snapshots,
      rest: { read: new Set(['local', 'offsite']), pruned: new Map([['offsite', pruned]]) },
      retention: { ...policy, keep: kept },
      ...(edge === undefined ? {} : { edge: { ...policy, keep: edge } }),
    };
  }

  /** What a repair leaves where every copy is made: each new record names that of its parent there. */
  function made(snapshots: readonly Snapshot[], copies: readonly CopyTask[]): Snapshot[] {
    const digests = new Map<string, string>();
    for (const { id, copies: old } of snapshots)
      for (const { target, recordSha256 } of old) digests.set(`${id} ${target}`, recordSha256);
    for (const { snapshotId, target } of copies) {
      const place = `${snapshotId} ${target}`;
      digests.set(place, digests.get(place) ?? `made ${place}`);
    }
    return snapshots.map((one) => {
      const own = copies.filter(({ snapshotId }) => snapshotId === one.id);
      const fresh = own.map(({ target }): Copy => {
        const known = one.copies.find((copy) => copy.target === target);
        const { parent, ...chain } = one.record.chain;
        const recordSha256 = digests.get(`${parent?.snapshotId ?? ''} ${target}`) ?? '';
        const link = parent === undefined ? {} : { parent: { ...parent, recordSha256 } };
        const record = known?.record ?? { ...one.record, chain: { ...chain, ...link } };
        return { target, state: 'present', record, recordSha256: digests.get(`${one.id} ${target}`) ?? '' };
      });
      const kept = one.copies.filter(({ target }) => !own.some((copy) => copy.target === target));
      return { ...one, copies: [...kept, ...fresh] };
    });
  }

  const check = (property: (built: ReturnType<typeof build>, copies: readonly CopyTask[]) => void) => {
    fc.assert(
      fc.property(world, (one) => {
        const built = build(one);
        property(built, missing(built.snapshots, built));
      }),
      { numRuns: 300 },
    );
  };

  it('is repaired once and for all', () => {
    check((built, copies) => {
      expect(missing(made(built.snapshots, copies), built)).toEqual([]);
    });
  });

  it('never gets a copy that the next prune would release', () => {
    check((built, copies) => {
      const { targets: pruned } = planPrune({
        kind: 'prune',
        plan: planOf(built),
        catalog: catalog(made(built.snapshots, copies), built.rest),
        nowMs: NOW_MS,
        targets: { local: { leftovers: [] }, offsite: { leftovers: [] } },
        backedUpFirst: ['calls'],
      });
      const released = pruned.flatMap(({ target, sweep, condemn }) =>
        [...sweep, ...condemn].flatMap(({ members }) =>
          members.map(({ snapshotId }) => `${snapshotId} ${target}`),
        ),
      );
      for (const { snapshotId, target } of copies) expect(released).not.toContain(`${snapshotId} ${target}`);
    });
  });

  it('has whole chains where a copy was made, and none where a prune was', () => {
    check((built, copies) => {
      const after = new Map(made(built.snapshots, copies).map((one) => [one.id, one]));
      for (const { snapshotId, target } of copies) {
        expect(built.rest.pruned.get(target)?.has(snapshotId) ?? false).toBe(false);
        for (let link = after.get(snapshotId); link !== undefined;) {
          const states = link.copies.filter((copy) => copy.target === target).map((copy) => copy.state);
          expect(['present', 'archived']).toContain(states[0]);
          link = after.get(link.record.chain.parent?.snapshotId ?? '');
        }
      }
    });
  });

  it('has each copy after the one that it builds on', () => {
    check((built, copies) => {
      const seen = new Set<string>();
      for (const { id, needs } of copySteps(planOf(built), copies)) {
        for (const need of needs) expect(seen).toContain(need);
        seen.add(id);
      }
    });
  });
});
