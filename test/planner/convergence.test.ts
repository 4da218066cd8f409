import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import type { BackupTask } from '../../src/domain/run-graph.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { sortTopologically } from '../../src/graph/dag.ts';
import { zoneOf } from '../../src/schedule/zone.ts';
import {
  at,
  catalog,
  DAY_MS,
  HOUR_MS,
  input,
  NO_HOOKS,
  NOW_MS,
  plan,
  resource,
  snapshot,
} from './builders.ts';

/** What a run that succeeds leaves behind. */
function take(tasks: readonly BackupTask[], known: readonly Snapshot[], nowMs: number): Snapshot[] {
  return tasks.map((task) => {
    const parent = known.find(({ id }) => id === task.parentId);
    const slot = task.slotMs === undefined ? {} : { slot: new Date(task.slotMs).toISOString() };
    const taken = snapshot({
      resource: task.resource,
      taken: new Date(nowMs).toISOString(),
      mode: task.mode,
      targets: task.targets,
      record: slot,
    });
    const chain = { ...taken.record.chain, level: parent === undefined ? 0 : parent.record.chain.level + 1 };
    const link = parent === undefined ? {} : { parent: { snapshotId: parent.id, recordSha256: '00' } };
    return {
      ...taken,
      id: task.snapshotId,
      record: { ...taken.record, snapshotId: task.snapshotId, chain: { ...chain, ...link } },
    };
  });
}

function tasksOf(from: Plan, snapshots: readonly Snapshot[], nowMs: number): BackupTask[] {
  const { graph } = planRun(
    input(from, { catalog: catalog(snapshots), nowMs, newSnapshotId: () => `s${String(counter++)}` }),
  );
  return graph.steps.flatMap(({ action }) => (action.kind === 'capture' ? [action.task] : []));
}

let counter = 0;

describe('apply every ten minutes across clock changes', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['America/New_York', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-11-01T06:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['UTC', '2026-03-29T01:00Z'],
  ] as const;

  it.each(changes)('02:30 in %s around %s is one backup a day', (timezone, change) => {
    const nightly = plan([
      resource('calls', { schedules: [at('full', '30 2 * * *', { timezone, jitterMs: 300_000 })] }),
    ]);
    const startMs = Date.parse(change) - 2.5 * DAY_MS;
    let snapshots = [snapshot({ resource: 'calls', taken: new Date(startMs).toISOString() })];
    for (let now = startMs; now < startMs + 6 * DAY_MS; now += 10 * 60_000) {
      snapshots = [...snapshots, ...take(tasksOf(nightly, snapshots, now), snapshots, now)];
    }
    const localDays = snapshots.slice(1).map(({ consistentAtMs }) => {
      return new Date(consistentAtMs + zoneOf(timezone).offsetAt(consistentAtMs)).toISOString().slice(0, 10);
    });
    expect(new Set(localDays).size).toBe(localDays.length);
    expect(localDays.length).toBe(6);
  });
});

describe('any plan over any history', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const cron = fc.constantFrom('0 2 * * *', '*/30 * * * *', '0 3 * * 0', '15 4 1 * *');
  const mode = fc.constantFrom(
    'full' as const,
    'incremental' as const,
    'differential' as const,
    'schema' as const,
  );
  const spec = fc.record({
    schedules: fc.uniqueArray(fc.tuple(mode, cron), { maxLength: 3, selector: ([one]) => one }),
    onMissed: fc.constantFrom('run' as const, 'skip' as const),
    hooked: fc.boolean(),
    enabled: fc.boolean(),
    two: fc.boolean(),
    edge: fc.option(cron, { nil: undefined }),
    dependsOn: fc.subarray(names),
  });
  const history = fc.array(
    fc.record({
      resource: fc.constantFrom(...names),
      ageHours: fc.integer({ min: -30, max: 24 * 40 }),
      mode,
      good: fc.boolean(),
      targets: fc.subarray(['local', 'offsite'], { minLength: 1 }),
    }),
    { maxLength: 25 },
  );
  const situation = fc.record({
    specs: fc.tuple(spec, spec, spec, spec, spec),
    history,
    grouped: fc.subarray(names),
  });

  type Situation = typeof situation extends fc.Arbitrary<infer S> ? S : never;

  function build({ specs, history: facts, grouped }: Situation): { from: Plan; snapshots: Snapshot[] } {
    const hooks = { before: [['stop']], after: [['start']], onFailure: [['page']] };
    const resources = specs.map((one, index) => {
      const schedules = one.schedules.map(([taken, expression]) =>
        at(taken, expression, { onMissed: one.onMissed, jitterMs: 60_000 }),
      );
      const targets = one.two ? ['local', 'offsite'] : ['local'];
      return resource(names[index] ?? '', {
        schedules,
        enabled: one.enabled,
        hooks: one.hooked ? hooks : NO_HOOKS,
        edges: one.edge === undefined ? {} : { offsite: { schedule: { cron: one.edge, timezone: 'UTC' } } },
        targets: Object.fromEntries(
          ['full', 'incremental', 'differential', 'schema'].map((taken) => [taken, targets]),
        ),
        // Only on later names, and never out of or into the group, so that the order exists.
        dependsOn: one.dependsOn.filter(
          (other) =>
            other > (names[index] ?? '') && !grouped.includes(other) && !grouped.includes(names[index] ?? ''),
        ),
      });
    });
    const snapshots = facts.map(({ ageHours, ...rest }, index) => ({
      ...snapshot({ ...rest, taken: new Date(NOW_MS - ageHours * HOUR_MS - index).toISOString() }),
      id: `old-${String(index)}`,
    }));
    return { from: plan(resources, [{ name: 'g', members: grouped, hooks }]), snapshots };
  }

  const check = (property: (from: Plan, snapshots: Snapshot[]) => void) => {
    fc.assert(
      fc.property(situation, (one) => {
        const { from, snapshots } = build(one);
        property(from, snapshots);
      }),
      { numRuns: 300 },
    );
  };

  it('converges: after what was due has been taken, nothing is due', () => {
    check((from, snapshots) => {
      const tasks = tasksOf(from, snapshots, NOW_MS);
      const after = [...snapshots, ...take(tasks, snapshots, NOW_MS)];
      expect(tasksOf(from, after, NOW_MS + 1_000)).toEqual([]);
    });
  });

  it('gives a graph that can run, with every step once', () => {
    check((from, snapshots) => {
      const { steps } = planRun(input(from, { catalog: catalog(snapshots) })).graph;
      const ids = new Set(steps.map(({ id }) => id));
      expect(ids.size).toBe(steps.length);
      for (const { needs, after = [] } of steps)
        for (const id of [...needs, ...after]) expect(ids).toContain(id);
      expect(
        sortTopologically(steps.map(({ id, needs, after = [] }) => ({ id, needs: [...needs, ...after] })))
          .sorted,
      ).toBe(true);
    });
  });

  it('accounts for every resource, once', () => {
    check((from, snapshots) => {
      const { due, idle } = planRun(input(from, { catalog: catalog(snapshots) }));
      const dueNames = new Set(due.map((one) => one.resource));
      expect([...dueNames, ...idle.map((one) => one.resource)].sort()).toEqual(names);
      expect(new Set(due.map((one) => `${one.resource} ${one.mode}`)).size).toBe(due.length);
    });
  });

  it('builds only on what is good, here, and whole on every target or copied there first', () => {
    check((from, snapshots) => {
      const read = new Set(['local', 'offsite']);
      const { due, copies } = planRun(input(from, { catalog: catalog(snapshots, { read }) }));
      for (const { parentId, targets, mode: taken } of due) {
        expect(parentId === undefined).toBe(taken === 'full' || taken === 'schema');
        const parent = snapshots.find(({ id }) => id === parentId);
        if (parentId === undefined || parent === undefined) continue;
        expect(parent.good).toBe(true);
        expect(parent.consistentAtMs).toBeLessThanOrEqual(NOW_MS + 300_000);
        const made = copies.filter(({ snapshotId }) => snapshotId === parentId);
        const places = [...parent.copies, ...made].map(({ target }) => target);
        for (const target of targets) expect(places).toContain(target);
      }
    });
  });
});
