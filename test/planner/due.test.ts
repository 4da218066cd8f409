import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import {
  at,
  catalog,
  DAY_MS,
  HOUR_MS,
  input,
  NOW_MS,
  plan,
  resource,
  runEvent,
  snapshot,
} from './builders.ts';

const ms = (iso: string) => Date.parse(iso);

function run(
  one: ReturnType<typeof resource>,
  snapshots: readonly Snapshot[] = [],
  rest: Parameters<typeof input>[1] = {},
) {
  const { due, idle, graph } = planRun(input(plan([one]), { catalog: catalog(snapshots), ...rest }));
  return { due: due[0], idle: idle[0], all: due, graph };
}

describe('due', () => {
  it('what was never taken', () => {
    const { due } = run(resource('calls'));
    expect(due).toEqual({
      resource: 'calls',
      mode: 'full',
      reason: 'never-taken',
      targets: ['local'],
      slotMs: ms('2026-11-21T02:00Z'),
      nextExpectedByMs: ms('2026-11-22T02:00Z'),
    });
  });

  it('what a tick asked for since the newest snapshot, overdue since the first tick missed', () => {
    const { due } = run(resource('calls'), [snapshot({ resource: 'calls', taken: '2026-11-19T02:00:05Z' })]);
    expect(due).toMatchObject({
      reason: 'tick-passed',
      slotMs: ms('2026-11-21T02:00Z'),
      overdueMs: DAY_MS + 2.5 * HOUR_MS,
    });
  });

  it('nothing when the last tick has been answered', () => {
    const { due, idle } = run(resource('calls'), [
      snapshot({ resource: 'calls', taken: '2026-11-21T02:00:05Z' }),
    ]);
    expect(due).toBeUndefined();
    expect(idle).toEqual({ resource: 'calls', reason: 'within-schedule', nextMs: ms('2026-11-22T02:00Z') });
  });

  it('nothing when a snapshot shows data from just before its tick but was taken for it', () => {
    const early = snapshot({
      resource: 'calls',
      taken: '2026-11-21T01:59:59Z',
      record: { slot: '2026-11-21T02:00:00.000Z' },
    });
    expect(run(resource('calls'), [early]).idle?.reason).toBe('within-schedule');
    const { slot: _slot, ...unbound } = early.record;
    expect(run(resource('calls'), [{ ...early, record: unbound }]).due?.reason).toBe('tick-passed');
  });

  it('what has only snapshots that are not good', () => {
    const broken = snapshot({ resource: 'calls', taken: '2026-11-21T02:00:05Z', good: false });
    expect(run(resource('calls'), [broken]).due?.reason).toBe('never-taken');
  });

  it('what a clock dated into the future, because that proves nothing', () => {
    const suspect = snapshot({ resource: 'calls', taken: '2027-11-21T02:00:05Z' });
    const good = snapshot({ resource: 'calls', taken: '2026-11-20T02:00:05Z' });
    expect(run(resource('calls'), [good, suspect]).due?.reason).toBe('tick-passed');
    expect(run(resource('calls'), [suspect]).due?.reason).toBe('never-taken');
  });

  it('again only at the next tick after the clock went back and a snapshot was taken', () => {
    const before = snapshot({ resource: 'calls', taken: '2026-11-22T02:00:05Z' });
    const after = snapshot({ resource: 'calls', taken: '2026-11-21T04:29:00Z' });
    const { due, idle } = run(resource('calls'), [after, before]);
    expect(due).toBeUndefined();
    expect(idle?.reason).toBe('within-schedule');
  });

  it('not what belongs to another host, is disabled or has no schedule', () => {
    expect(run(resource('calls', { hosts: ['db-2', 'db-3'] })).idle).toEqual({
      resource: 'calls',
      reason: 'elsewhere',
      detail: 'db-2, db-3',
    });
    expect(run(resource('calls', { enabled: false })).idle?.reason).toBe('disabled');
    expect(run(resource('calls', { schedules: [] })).idle?.reason).toBe('no-schedule');
  });

  it.each([
    ['db-1', true],
    ['DB-1', true],
    ['db-1.example.com', true],
    ['db-10', false],
    ['other.db-1', false],
  ])('on host %s, for a resource of db-1: %s', (host, isDue) => {
    expect(run(resource('calls', { hosts: ['db-1'] }), [], { host }).due !== undefined).toBe(isDue);
  });

  it('only what was selected', () => {
    const both = plan([resource('calls'), resource('uploads')]);
    const { due, idle } = planRun(input(both, { request: { kind: 'apply', resources: ['uploads'] } }));
    expect(due.map((one) => one.resource)).toEqual(['uploads']);
    expect(idle).toEqual([{ resource: 'calls', reason: 'not-selected' }]);
  });

  it('refuses names that the plan does not have: its caller should have', () => {
    expect(() => planRun(input(plan([]), { request: { kind: 'backup', resources: ['ghost'] } }))).toThrow(
      'ghost',
    );
  });
});

describe('several modes', () => {
  const both = resource('uploads', { schedules: [at('full', '0 3 * * 0'), at('incremental', '0 2 * * *')] });
  const full = snapshot({ resource: 'uploads', taken: '2026-11-15T03:00:05Z' });

  it('a weekly full leaves the days to incrementals', () => {
    const { all } = run(both, [full]);
    expect(all).toMatchObject([{ mode: 'incremental', parentId: full.id, reason: 'tick-passed' }]);
  });

  it('a full answers the tick of an incremental too', () => {
    const fresh = snapshot({ resource: 'uploads', taken: '2026-11-21T02:30:00Z' });
    expect(run(both, [full, fresh]).idle?.reason).toBe('within-schedule');
  });

  it('an incremental does not answer the tick of a full, and the full is all that is taken', () => {
    const small = snapshot({
      resource: 'uploads',
      mode: 'incremental',
      parent: full,
      taken: '2026-11-22T02:00:05Z',
    });
    const { all } = run(both, [full, small], { nowMs: ms('2026-11-22T03:10:00Z') });
    expect(all.map((one) => one.mode)).toEqual(['full']);
  });

  it('modes that are no restore points neither answer nor replace one', () => {
    const withSchema = resource('db', { schedules: [at('full', '0 2 * * *'), at('schema', '0 1 * * *')] });
    const schemaOnly = snapshot({ resource: 'db', mode: 'schema', taken: '2026-11-21T02:10:00Z' });
    expect(run(withSchema, [schemaOnly]).all.map((one) => one.mode)).toEqual(['full']);
    expect(run(withSchema).all.map((one) => one.mode)).toEqual(['full', 'schema']);
  });
});

describe('jitter', () => {
  const nightly = (name: string, jitterMs: number) =>
    resource(name, { schedules: [at('full', '0 2 * * *', { jitterMs })] });

  it('delays each resource by the same amount every time', () => {
    const names = Array.from({ length: 200 }, (_, index) => `r${String(index)}`);
    const last = names.map((name) => snapshot({ resource: name, taken: '2026-11-20T05:00:00Z' }));
    const dueAfter = (minutes: number) => {
      const nowMs = ms('2026-11-21T02:00Z') + minutes * 60_000;
      const all = plan(names.map((name) => nightly(name, 60 * 60_000)));
      return planRun(input(all, { catalog: catalog(last), nowMs })).due.map((one) => one.resource);
    };
    expect(dueAfter(30)).toEqual(dueAfter(30));
    expect(dueAfter(30).length).toBeGreaterThan(60);
    expect(dueAfter(30).length).toBeLessThan(140);
    expect(dueAfter(60).length).toBe(200);
    expect(new Set(dueAfter(60))).toEqual(new Set([...dueAfter(30), ...dueAfter(60)]));
  });

  it('never makes an answered tick due again', () => {
    const taken = snapshot({ resource: 'calls', taken: '2026-11-21T02:00:01Z' });
    for (let minute = 0; minute < 120; minute += 1) {
      const { due } = run(nightly('calls', HOUR_MS), [taken], {
        nowMs: ms('2026-11-21T02:01Z') + minute * 60_000,
      });
      expect(due).toBeUndefined();
    }
  });
});

describe('a missed tick', () => {
  const careful = resource('calls', { schedules: [at('full', '0 2 * * *', { onMissed: 'skip' })] });
  const yesterday = snapshot({ resource: 'calls', taken: '2026-11-20T02:00:05Z' });

  it('is taken up to an hour late, then left to the next one', () => {
    expect(run(careful, [yesterday], { nowMs: ms('2026-11-21T03:00:00Z') }).due?.mode).toBe('full');
    const { idle } = run(careful, [yesterday], { nowMs: ms('2026-11-21T03:00:01Z') });
    expect(idle).toEqual({ resource: 'calls', reason: 'missed-skipped', nextMs: ms('2026-11-22T02:00Z') });
  });

  it('does not hold back the very first snapshot', () => {
    expect(run(careful).due?.reason).toBe('never-taken');
  });
});

describe('backing off', () => {
  const failed = (...times: string[]) =>
    times.map((time) =>
      runEvent(time, [{ resource: 'calls', state: 'failed', mode: 'full', code: 'SOURCE_FAILED' }]),
    );
  const yesterday = snapshot({ resource: 'calls', taken: '2026-11-20T02:00:05Z' });
  const after = (events: ReturnType<typeof failed>, nowIso = '2026-11-21T04:30:00Z') =>
    run(resource('calls'), [], { catalog: catalog([yesterday], { events }), nowMs: ms(nowIso) });

  it('waits 5 minutes after the first failure and doubles', () => {
    const once = failed('2026-11-21T02:00:10Z');
    expect(after(once, '2026-11-21T02:05:09Z').idle).toEqual({
      resource: 'calls',
      reason: 'backing-off',
      nextMs: ms('2026-11-21T02:05:10Z'),
    });
    expect(after(once, '2026-11-21T02:05:10Z').due?.reason).toBe('tick-passed');
    const thrice = failed('2026-11-21T02:00:10Z', '2026-11-21T02:05:10Z', '2026-11-21T02:15:10Z');
    expect(after(thrice, '2026-11-21T02:35:09Z').idle?.nextMs).toBe(ms('2026-11-21T02:35:10Z'));
  });

  it('ends at the next tick', () => {
    const many = failed(
      ...Array.from({ length: 12 }, (_, index) => `2026-11-20T${String(index + 10)}:00:00Z`),
    );
    expect(after(many, '2026-11-21T01:59:00Z').idle?.reason).toBe('within-schedule');
    expect(after(many, '2026-11-21T02:00:00Z').due?.reason).toBe('tick-passed');
  });

  it('is never announced beyond the next tick', () => {
    const many = failed(
      ...Array.from({ length: 12 }, (_, index) => `2026-11-21T02:${String(index + 10)}:00Z`),
    );
    expect(after(many).idle).toEqual({
      resource: 'calls',
      reason: 'backing-off',
      nextMs: ms('2026-11-22T02:00Z'),
    });
  });

  it.each([
    ['a success', { state: 'succeeded' }],
    ['a copy on one target', { state: 'failed', snapshotId: '20261121t020000z-0000000000000000' }],
  ])('is forgotten after %s', (_, outcome) => {
    const events = [
      ...failed('2026-11-21T04:20:00Z'),
      runEvent('2026-11-21T04:29:00Z', [{ resource: 'calls', mode: 'full', ...outcome }]),
    ];
    expect(after(events).due?.reason).toBe('tick-passed');
  });

  it.each([
    ['skipped', { state: 'skipped' }],
    ['interrupted', { state: 'failed', code: 'INTERRUPTED' }],
  ])('does not begin with a run that was %s', (_, outcome) => {
    expect(
      after([runEvent('2026-11-21T04:29:00Z', [{ resource: 'calls', mode: 'full', ...outcome }])]).due
        ?.reason,
    ).toBe('tick-passed');
  });

  it('does not hold `backup`', () => {
    const events = failed('2026-11-21T04:29:59Z');
    const asked = run(resource('calls'), [], {
      catalog: catalog([yesterday], { events }),
      request: { kind: 'backup', resources: ['calls'] },
    });
    expect(asked.due?.reason).toBe('asked');
  });

  it('survives a clock that went back', () => {
    expect(after(failed('2027-11-21T04:29:59Z')).due?.reason).toBe('tick-passed');
  });
});

describe('backup', () => {
  const both = resource('uploads', { schedules: [at('full', '0 3 * * 0'), at('incremental', '0 2 * * *')] });
  const full = snapshot({ resource: 'uploads', taken: '2026-11-21T03:00:05Z' });

  it('takes the everyday restore point now, with its label', () => {
    const { due, graph } = run(both, [full], {
      request: { kind: 'backup', resources: [], label: 'deploy-7' },
    });
    expect(due).toMatchObject({
      mode: 'incremental',
      reason: 'asked',
      parentId: full.id,
      nextExpectedByMs: ms('2026-11-22T02:00Z'),
    });
    expect(due?.slotMs).toBeUndefined();
    expect(graph.steps[0]?.action).toMatchObject({
      kind: 'capture',
      task: { label: 'deploy-7', snapshotId: 'new-1' },
    });
  });

  it('takes the mode that was asked for', () => {
    expect(
      run(both, [full], { request: { kind: 'backup', resources: ['uploads'], mode: 'full' } }).due?.mode,
    ).toBe('full');
  });

  it('takes a full of what has no schedule', () => {
    expect(
      run(resource('calls', { schedules: [] }), [], { request: { kind: 'backup', resources: ['calls'] } })
        .due,
    ).toEqual({
      resource: 'calls',
      mode: 'full',
      reason: 'asked',
      targets: ['local'],
    });
  });

  it('does not reach over to another host', () => {
    const away = resource('calls', { hosts: ['db-2'] });
    expect(run(away, [], { request: { kind: 'backup', resources: ['calls'] } }).idle?.reason).toBe(
      'elsewhere',
    );
  });
});

it('plans the same twice', () => {
  const one = plan([resource('a'), resource('b', { dependsOn: ['a'] })]);
  expect(planRun(input(one))).toEqual(planRun(input(one)));
  expect(NOW_MS).toBe(ms('2026-11-21T04:30Z'));
});

describe('a copy that did not get to every target', () => {
  const wide = resource('calls', { targets: { full: ['local', 'offsite'] } });
  const both = { read: new Set(['local', 'offsite']) };
  const missingOf = (facts: Partial<Parameters<typeof snapshot>[0]>, rest = both, spec = wide) => {
    const newest = snapshot({ resource: 'calls', taken: '2026-11-21T02:00:05Z', ...facts });
    return planRun(input(plan([spec]), { catalog: catalog([newest], rest) })).idle.map(
      ({ missing }) => missing,
    );
  };

  it('is told of while nothing is due', () => {
    expect(missingOf({})).toEqual([['offsite']]);
    expect(missingOf({ targets: ['local', 'offsite'], states: { offsite: 'corrupt' } })).toEqual([
      ['offsite'],
    ]);
    expect(missingOf({ targets: ['local', 'offsite'] })).toEqual([undefined]);
  });

  it('is not made up where nobody could look, nor for what is not ours', () => {
    expect(missingOf({}, { read: new Set(['local']) })).toEqual([undefined]);
    expect(missingOf({}, both, { ...wide, enabled: false })).toEqual([undefined]);
    expect(missingOf({}, both, { ...wide, hosts: ['other'] })).toEqual([undefined]);
  });
});
