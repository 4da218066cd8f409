import { describe, expect, it } from 'vitest';
import type { GroupSpec, Hooks } from '../../src/domain/plan.ts';
import type { Step } from '../../src/domain/run-graph.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { at, catalog, input, NO_HOOKS, plan, resource, runEvent, snapshot } from './builders.ts';

const HOOKS: Hooks = { before: [['stop']], after: [['start']], onFailure: [['page']] };

function stepsOf(
  resources: Parameters<typeof plan>[0],
  groups: readonly GroupSpec[] = [],
  rest: Parameters<typeof input>[1] = {},
) {
  const { graph } = planRun(input(plan(resources, groups), rest));
  const find = (id: string): Step => {
    const step = graph.steps.find((one) => one.id === id);
    if (step === undefined)
      throw new Error(`no step ${id}; there are ${graph.steps.map((one) => one.id).join(', ')}`);
    return step;
  };
  return { ids: graph.steps.map(({ id }) => id), find };
}

describe('the steps of one resource', () => {
  const { ids, find } = stepsOf([
    resource('calls', { hooks: HOOKS, targets: { full: ['local', 'offsite'] } }),
  ]);

  it('go from the hook before to the commits', () => {
    expect(ids).toEqual([
      'before calls',
      'capture calls',
      'ship calls → local',
      'commit calls → local',
      'ship calls → offsite',
      'commit calls → offsite',
      'after calls',
      'onFailure calls',
    ]);
    expect(find('capture calls').needs).toEqual(['before calls']);
    expect(find('ship calls → offsite').needs).toEqual(['capture calls']);
    expect(find('commit calls → offsite').needs).toEqual(['ship calls → offsite']);
  });

  it('finish with the hook after, as soon as nothing is captured any more', () => {
    expect(find('after calls')).toMatchObject({
      needs: [],
      after: ['before calls', 'capture calls'],
      retries: 0,
    });
  });

  it('run onFailure hooks last of all', () => {
    expect(find('onFailure calls').after).toEqual(ids.filter((id) => id !== 'onFailure calls'));
  });

  it('take places on the host or at their target', () => {
    expect(find('capture calls').lane).toEqual({ kind: 'host' });
    expect(find('before calls').lane).toEqual({ kind: 'host' });
    expect(find('commit calls → offsite').lane).toEqual({ kind: 'target', target: 'offsite' });
    expect(find('ship calls → local')).toMatchObject({ timeoutMs: 7_200_000, retries: 2, subject: 'calls' });
  });

  it('have no hooks where there are none', () => {
    expect(stepsOf([resource('calls')]).ids).toEqual([
      'capture calls',
      'ship calls → local',
      'commit calls → local',
    ]);
  });

  it('tell other modes apart', () => {
    const { ids: both } = stepsOf([
      resource('db', {
        hooks: { ...NO_HOOKS, after: [['start']] },
        schedules: [at('full', '0 2 * * *'), at('schema', '0 1 * * *')],
      }),
    ]);
    expect(both).toEqual([
      'capture db',
      'ship db → local',
      'commit db → local',
      'capture db schema',
      'ship db schema → local',
      'commit db schema → local',
      'after db',
    ]);
  });
});

describe('dependsOn', () => {
  it('captures in order, where both are captured at all', () => {
    const resources = [
      resource('calls', { hooks: HOOKS, dependsOn: ['uploads', 'away'] }),
      resource('uploads'),
      resource('away', { hosts: ['db-9'] }),
    ];
    const { find } = stepsOf(resources);
    expect(find('before calls').needs).toEqual(['capture uploads']);
    expect(find('capture uploads').needs).toEqual([]);
  });
});

describe('a group', () => {
  const app: GroupSpec = { name: 'app', members: ['calls', 'uploads', 'logs'], hooks: HOOKS };
  const members = [
    resource('calls', { hooks: HOOKS, dependsOn: ['uploads'] }),
    resource('uploads', { schedules: [at('full', '0 3 * * 0'), at('incremental', '0 2 * * *')] }),
    resource('logs', { schedules: [] }),
    resource('other'),
  ];
  const fresh = snapshot({ resource: 'uploads', taken: '2026-11-21T04:00:00Z' });

  it('is quiet before the first capture and resumes after the last', () => {
    const { find } = stepsOf(members, [app]);
    expect(find('before calls').needs).toEqual(['before group app']);
    expect(find('capture uploads').needs).toEqual(['before calls']);
    expect(find('capture calls').needs).toEqual(['before calls', 'capture uploads']);
    expect(find('after calls').after).toEqual(['before calls', 'capture calls', 'capture uploads']);
    expect(find('after group app').after).toEqual([
      'before group app',
      'before calls',
      'capture calls',
      'after calls',
      'capture uploads',
    ]);
    expect(find('capture other').needs).toEqual([]);
  });

  it('hands its failure hooks the whole group', () => {
    const { find, ids } = stepsOf(members, [app]);
    const outside = ids.filter((id) => id.includes('other') || id.startsWith('onFailure'));
    expect(new Set(find('onFailure group app').after)).toEqual(
      new Set(ids.filter((id) => !outside.includes(id))),
    );
  });

  it('captures members that are not due with those that are, under one id', () => {
    const { due, idle } = planRun(input(plan(members, [app]), { catalog: catalog([fresh]) }));
    expect(due).toMatchObject([
      { resource: 'calls', reason: 'never-taken', groupId: 'app-run' },
      {
        resource: 'uploads',
        reason: 'with-group',
        mode: 'incremental',
        parentId: fresh.id,
        groupId: 'app-run',
      },
      { resource: 'other', reason: 'never-taken' },
    ]);
    expect(due[2]?.groupId).toBeUndefined();
    expect(idle).toEqual([{ resource: 'logs', reason: 'no-schedule' }]);
  });

  it('leaves everybody alone when nobody is due', () => {
    const taken = ['calls', 'uploads', 'other'].map((name) =>
      snapshot({ resource: name, taken: '2026-11-21T04:00:00Z' }),
    );
    expect(planRun(input(plan(members, [app]), { catalog: catalog(taken) })).graph.steps).toEqual([]);
  });

  it('extends a selection to the barrier', () => {
    const { due } = planRun(
      input(plan(members, [app]), { request: { kind: 'backup', resources: ['calls'] } }),
    );
    expect(due.map((one) => [one.resource, one.reason])).toEqual([
      ['calls', 'asked'],
      ['uploads', 'with-group'],
    ]);
  });

  it('takes a member along that is backing off, but does not start for it', () => {
    const events = [
      runEvent('2026-11-21T04:29:00Z', [{ resource: 'uploads', state: 'failed', mode: 'full' }]),
    ];
    const calls = snapshot({ resource: 'calls', taken: '2026-11-21T04:00:00Z' });
    const waiting = planRun(
      input(plan(members.slice(0, 2), [app]), { catalog: catalog([calls], { events }) }),
    );
    expect(waiting.due).toEqual([]);
    expect(waiting.idle).toContainEqual(
      expect.objectContaining({ resource: 'uploads', reason: 'backing-off' }),
    );
    const started = planRun(input(plan(members.slice(0, 2), [app]), { catalog: catalog([], { events }) }));
    expect(started.due.map((one) => one.reason)).toEqual(['never-taken', 'with-group']);
  });

  it('is not woken by a mode that is no restore point', () => {
    const db = resource('db', {
      hooks: HOOKS,
      schedules: [at('full', '0 2 * * *'), at('schema', '0 4 * * *')],
    });
    const taken = ['db', 'calls'].map((name) => snapshot({ resource: name, taken: '2026-11-21T03:00:00Z' }));
    const { graph, due } = planRun(
      input(plan([db, resource('calls')], [{ name: 'app', members: ['db', 'calls'], hooks: HOOKS }]), {
        catalog: catalog(taken),
      }),
    );
    expect(due.map((one) => [one.resource, one.mode, one.groupId])).toEqual([['db', 'schema', undefined]]);
    expect(graph.steps.map(({ id }) => id)).not.toContain('before group app');
  });

  it('waits for what its members depend on outside', () => {
    const inside = resource('calls', { dependsOn: ['other'] });
    const { find } = stepsOf(
      [inside, resource('uploads'), resource('other')],
      [{ ...app, members: ['calls', 'uploads'] }],
    );
    expect(find('before group app').needs).toEqual(['capture other']);
    expect(find('capture uploads').needs).toEqual(['before group app']);
  });
});
