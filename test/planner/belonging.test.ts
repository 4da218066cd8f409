import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USUAL_TARGET_LIMITS, type ResourceSpec } from '../../src/domain/plan.ts';
import type { Catalog, Copy, Snapshot } from '../../src/domain/snapshot.ts';
import { rememberBelongings } from '../../src/planner/belonging.ts';
import { groupByResource } from '../../src/planner/history.ts';
import { missingCopies } from '../../src/planner/missing-copies.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { rememberReaches } from '../../src/planner/reaches.ts';
import { rememberTicks } from '../../src/planner/tick-memory.ts';
import { ticksBetween } from '../../src/schedule/ticks.ts';
import { at, catalog, DAY_MS, input, plan, POLICY, resource, snapshot } from './builders.ts';

/** A Saturday; the weekly tick is on Sundays at three, an hour after the backup. */
const NOW_MS = Date.parse('2026-11-21T04:30:00Z');
const WEEKLY = { cron: '0 3 * * 0', timezone: 'UTC' };
const READ = new Set(['local', 'offsite']);
const spec = (name: string, offsite = false) =>
  ({ name, type: 'any', options: {}, offsite, prune: 'apply', limits: USUAL_TARGET_LIMITS }) as const;
const targets = { local: spec('local'), offsite: spec('offsite', true) };
const both = ['local', 'offsite'];

function calls(rest: Partial<ResourceSpec> = {}): ResourceSpec {
  return resource('calls', {
    schedules: [at('full', '0 2 * * 0'), at('incremental', '0 2 * * *')],
    targets: { full: both, incremental: both, schema: both },
    retention: { full: ALL, incremental: ALL, schema: ALL },
    edges: { offsite: { schedule: WEEKLY } },
    ...rest,
  });
}

const ALL = { ...POLICY, keep: { withinMs: 400 * DAY_MS } };

/** Taken at two in the morning of that day, on the local target. */
function nightly(date: string, rest: Partial<Parameters<typeof snapshot>[0]> = {}): Snapshot {
  return snapshot({ resource: 'calls', taken: `${date}T02:00:00Z`, ...rest });
}

function belongingTo(own: ResourceSpec, snapshots: readonly Snapshot[], rest: Partial<Catalog> = {}) {
  const world = catalog(snapshots, { read: READ, ...rest });
  const byResource = groupByResource(snapshots);
  const reaches = rememberReaches(byResource, { plan: plan([own], [], { targets }), catalog: world });
  const ground = { catalog: world, byResource, reaches, nowMs: NOW_MS, ticks: rememberTicks() };
  return rememberBelongings(ground)(own, 'offsite');
}

function belonging(snapshots: readonly Snapshot[], rest: Partial<Catalog> = {}): readonly string[] {
  const { has } = belongingTo(calls(), snapshots, rest);
  return snapshots.filter(has).map(({ id }) => id.slice(0, 8));
}

const days = (from: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, day) =>
    new Date(Date.parse(from) + day * DAY_MS).toISOString().slice(0, 10),
  );

describe('a target with a schedule of its own', () => {
  const fortnight = days('2026-11-06', 16).map((date) => nightly(date));

  it('gets the first of all, and the first after each tick', () => {
    expect(belonging(fortnight)).toEqual(['20261106', '20261109', '20261116']);
  });

  it('counts a tick and the snapshot that was taken for it as after it', () => {
    const own = calls({ edges: { offsite: { schedule: { ...WEEKLY, cron: '0 2 * * 0' } } } });
    const { has } = belongingTo(own, fortnight);
    expect(fortnight.filter(has).map(({ id }) => id.slice(0, 8))).toEqual([
      '20261106',
      '20261108',
      '20261115',
    ]);
  });

  it('goes by the tick that a snapshot was for where a clock dates it before', () => {
    const early = { ...nightly('2026-11-08'), consistentAtMs: Date.parse('2026-11-08T02:59:58Z') };
    const slot = '2026-11-08T03:00:00.000Z';
    const asked = { ...early, record: { ...early.record, slot } };
    expect(belonging([nightly('2026-11-07'), asked])).toHaveLength(2);
    expect(belonging([nightly('2026-11-07'), early])).toHaveLength(1);
  });

  it('gets the next one where the first is lost, or can never stand there', () => {
    const lost = nightly('2026-11-09', { good: false });
    const states = { local: 'present', offsite: 'corrupt' } as const;
    const damaged = nightly('2026-11-09', { targets: both, states });
    for (const first of [lost, damaged])
      expect(belonging([nightly('2026-11-08'), first, nightly('2026-11-10')])).toContain('20261110');
  });

  it('gets no other in place of one that retention released there', () => {
    const around = [nightly('2026-11-08'), nightly('2026-11-10')];
    const states = { local: 'condemned', offsite: 'condemned' } as const;
    const condemned = nightly('2026-11-09', { targets: both, states, good: false });
    expect(belonging([...around, condemned])).not.toContain('20261110');
    const facts = { snapshotId: '20261109t020000z-0123456789abcdef', resource: 'calls', recordSha256: '00' };
    const gone = { type: 'event', event: 'gone', targetId: 'T', at: '2026-11-20T02:00:00Z', facts };
    const rest = {
      pruned: new Map([['offsite', new Set([facts.snapshotId])]]),
      events: [gone as unknown as Catalog['events'][number]],
      stores: new Map([['offsite', { targetId: 'T', capabilities: {} }]]) as unknown as NonNullable<
        Catalog['stores']
      >,
    };
    expect(belonging(around, rest)).toEqual(['20261108']);
    expect(belonging(around)).toEqual(['20261108', '20261110']);
  });

  it('is not held up by a snapshot from the future', () => {
    const future = nightly('2027-03-01');
    const { has, nextTickMs } = belongingTo(calls(), [nightly('2026-11-14'), future]);
    expect(has(future)).toBe(true);
    expect(nextTickMs('full')).toBe(Date.parse('2026-11-15T03:00:00Z'));
  });

  it('counts modes that are no restore points by themselves', () => {
    const schema = snapshot({ resource: 'calls', mode: 'schema', taken: '2026-11-20T01:00:00Z' });
    const { has, nextTickMs } = belongingTo(calls(), [...fortnight, schema]);
    expect(has(schema)).toBe(true);
    const sunday = Date.parse('2026-11-22T03:00:00Z');
    expect([nextTickMs('schema'), nextTickMs('full'), nextTickMs('data')]).toEqual([
      sunday,
      sunday,
      -Infinity,
    ]);
  });

  it('leaves out of account modes that do not go there', () => {
    const own = calls({ targets: { full: both, incremental: ['local'] } });
    const full = nightly('2026-11-12');
    const between = nightly('2026-11-09', { mode: 'incremental', parent: nightly('2026-11-08') });
    const { has } = belongingTo(own, [nightly('2026-11-08'), between, full]);
    expect([has(between), has(full)]).toEqual([false, true]);
  });
});

describe('a backup', () => {
  const own = calls();
  const dueOn = (snapshots: readonly Snapshot[], nowIso: string, read = READ) => {
    const from = plan([own], [], { targets });
    const world = catalog(snapshots, { read });
    return planRun(input(from, { catalog: world, nowMs: Date.parse(nowIso) }));
  };

  it('goes to the target after a tick, with all that it builds on', () => {
    const sunday = nightly('2026-11-15');
    expect(dueOn([sunday], '2026-11-16T02:00:05Z')).toMatchObject({
      due: [{ mode: 'incremental', targets: both, parentId: sunday.id }],
      copies: [{ snapshotId: sunday.id, target: 'offsite' }],
    });
  });

  it('does not go there between two ticks, and tells the target when to expect the next', () => {
    const monday = nightly('2026-11-16', { targets: both });
    const { due, graph, copies } = dueOn([monday], '2026-11-17T02:00:05Z');
    const tickMs = Date.parse('2026-11-22T03:00:00Z');
    expect(due).toMatchObject([{ targets: ['local'], waiting: [{ target: 'offsite', tickMs }] }]);
    expect(copies).toEqual([]);
    const [task] = graph.steps.flatMap(({ action }) => (action.kind === 'capture' ? [action.task] : []));
    const expected = Date.parse('2026-11-23T02:00:00Z');
    expect(task).toMatchObject({ nextExpectedOn: { offsite: expected } });
  });

  it('says of a target that waits for its tick whether it lacks what belongs there', () => {
    const tuesday = [nightly('2026-11-15', { targets: both }), nightly('2026-11-16')];
    const { due } = dueOn(tuesday, '2026-11-17T02:00:05Z');
    expect(due).toMatchObject([{ targets: ['local'], waiting: [{ target: 'offsite', lacking: true }] }]);
    const unread = dueOn(tuesday, '2026-11-17T02:00:05Z', new Set(['local']));
    expect(unread.due[0]?.waiting?.[0]).not.toHaveProperty('lacking');
  });

  it('goes there all the same where no target that gets every one can be reached', () => {
    const monday = nightly('2026-11-16', { targets: both });
    const { due } = dueOn([monday], '2026-11-17T02:00:05Z', new Set(['offsite']));
    expect(due).toMatchObject([{ targets: both }]);
  });

  it('is taken of an unchanged source where the target would get nothing after its tick', () => {
    const onChange = calls({ schedules: [at('full', '0 2 * * *', { onlyChanges: true })] });
    const from = plan([onChange], [], { targets });
    const nowMs = Date.parse('2026-11-23T02:00:05Z');
    const unless = (places: readonly string[]) => {
      const history = [nightly('2026-11-16', { targets: both }), nightly('2026-11-17', { targets: places })];
      const { due } = planRun(input(from, { catalog: catalog(history, { read: READ }), nowMs }));
      return due[0]?.unlessEqualTo;
    };
    expect(unless(['local'])).toBeUndefined();
    expect(unless(both)).toBeDefined();
  });
});

describe('any history', () => {
  const moment = fc.record({
    hours: fc.integer({ min: 0, max: 24 * 60 }),
    follows: fc.boolean(),
    places: fc.constantFrom<readonly string[]>(['local'], ['local'], both),
    good: fc.constantFrom(true, true, true, false),
  });
  const cron = fc.constantFrom('0 3 * * 0', '30 1 * * *', '0 0 1 * *', '0 */7 * * *');
  const START_MS = Date.parse('2026-09-20T00:00:00Z');

  function build(moments: readonly (typeof moment extends fc.Arbitrary<infer M> ? M : never)[]): Snapshot[] {
    const made: Snapshot[] = [];
    for (const { hours, follows, places, good } of moments.toSorted((a, b) => a.hours - b.hours)) {
      const parent = follows ? made.at(-1) : undefined;
      const taken = new Date(START_MS + hours * 3_600_000).toISOString();
      const isGood = good && parent?.good !== false;
      const there = parent === undefined ? places : places.filter((name) => isOn(parent, name));
      const one = snapshot({
        resource: 'calls',
        taken,
        targets: there,
        good: isGood,
        mode: parent === undefined ? 'full' : 'incremental',
        ...(parent === undefined ? {} : { parent }),
      });
      if (!made.some(({ id }) => id === one.id)) made.push(one);
    }
    return made;
  }

  const isOn = ({ copies }: Snapshot, name: string) => copies.some(({ target }) => target === name);

  function chainOf(one: Snapshot, all: readonly Snapshot[]): readonly string[] {
    const parent = all.find(({ id }) => id === one.record.chain.parent?.snapshotId);
    return parent === undefined ? [one.id] : [one.id, ...chainOf(parent, all)];
  }

  function worldOf(expression: string) {
    const schedule = { cron: expression, timezone: 'Europe/Berlin' };
    const own = calls({ edges: { offsite: { schedule } } });
    return { own, schedule, question: { plan: plan([own], [], { targets }), nowMs: NOW_MS, host: 'db-1' } };
  }

  function repaired(snapshots: readonly Snapshot[], expression: string): readonly Snapshot[] {
    const { question } = worldOf(expression);
    const copies = missingCopies({ ...question, catalog: catalog(snapshots, { read: READ }) });
    const made = new Set(copies.map(({ snapshotId }) => snapshotId));
    return snapshots.map((one) => {
      const copy: Copy | undefined = one.copies[0] && { ...one.copies[0], target: 'offsite' };
      return made.has(one.id) && copy !== undefined ? { ...one, copies: [...one.copies, copy] } : one;
    });
  }

  it('is what looking at the calendar tick by tick says', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 30 }), cron, (moments, expression) => {
        const snapshots = build(moments);
        const { own, schedule } = worldOf(expression);
        const candidates = snapshots.filter((one) => one.good || isOn(one, 'offsite'));
        const firsts = new Set(candidates[0] === undefined ? [] : [candidates[0].id]);
        for (const tick of ticksBetween(schedule, START_MS - 1, NOW_MS)) {
          const after = candidates.findIndex(({ consistentAtMs }) => consistentAtMs >= tick);
          const before = candidates[after - 1];
          if (after !== -1 && (before === undefined || before.consistentAtMs < tick))
            firsts.add(candidates[after]?.id ?? '');
        }
        const { has } = belongingTo(own, snapshots);
        expect(snapshots.filter(has).map(({ id }) => id)).toEqual(
          candidates.filter(({ id }) => firsts.has(id)).map(({ id }) => id),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('has after a repair whole chains there, one for each tick that anything came after, and then no more to do', () => {
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 30 }), cron, (moments, expression) => {
        const before = build(moments);
        const after = repaired(before, expression);
        const { has } = belongingTo(worldOf(expression).own, before);
        const wanted = before.filter((one) => has(one) || isOn(one, 'offsite'));
        const chains = new Set(wanted.flatMap((one) => chainOf(one, before)));
        expect(after.filter((one) => isOn(one, 'offsite') && !chains.has(one.id))).toEqual([]);
        const { schedule } = worldOf(expression);
        const there = after.filter((one) => isOn(one, 'offsite'));
        const ids = new Set(there.map(({ id }) => id));
        for (const { record } of there)
          if (record.chain.parent !== undefined) expect(ids).toContain(record.chain.parent.snapshotId);
        const good = after.filter((one) => one.good);
        for (const tick of ticksBetween(schedule, START_MS - 1, NOW_MS)) {
          const next = good.find(({ consistentAtMs }) => consistentAtMs >= tick);
          if (next === undefined) continue;
          const answer = there.find(({ consistentAtMs }) => consistentAtMs >= tick);
          expect(answer?.consistentAtMs).toBeLessThanOrEqual(next.consistentAtMs);
        }
        expect(repaired(after, expression)).toEqual(after);
      }),
      { numRuns: 100 },
    );
  });

  it('makes more belong, never less, the less of it is seen', () => {
    fc.assert(
      fc.property(
        fc.array(moment, { maxLength: 30 }),
        cron,
        fc.infiniteStream(fc.boolean()),
        (moments, expression, seen) => {
          const snapshots = build(moments.map((one) => ({ ...one, follows: false })));
          const { own } = worldOf(expression);
          const part = snapshots.filter(() => seen.next().value === true);
          const all = belongingTo(own, snapshots);
          const some = belongingTo(own, part);
          for (const one of part) if (all.has(one)) expect(some.has(one)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});
