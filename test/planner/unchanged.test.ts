import { describe, expect, it } from 'vitest';
import type { EventRecord, Snapshot } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { assessStatus } from '../../src/planner/status/assess-status.ts';
import { at, catalog, DAY_MS, HOUR_MS, input, NOW_MS, plan, resource, snapshot } from './builders.ts';
import { condemned } from './prune/rig.ts';

const old = snapshot({ resource: 'calls', taken: '2026-11-18T02:00:05Z' });
const calls = resource('calls', { schedules: [at('full', '0 2 * * *', { onlyChanges: true })] });

function look(facts: { of?: Snapshot; mode?: string; slot?: string; atIso?: string } = {}): EventRecord {
  const { of = old, mode = 'full', slot, atIso = '2026-11-21T02:00:10Z' } = facts;
  const said = { snapshotId: of.id, resource: 'calls', mode, ...(slot === undefined ? {} : { slot }) };
  return { type: 'event', version: 1, event: 'unchanged', at: atIso, facts: said } as unknown as EventRecord;
}

function planned(snapshots: readonly Snapshot[], events: readonly EventRecord[], spec = calls) {
  return planRun(input(plan([spec]), { catalog: catalog(snapshots, { events }) }));
}

describe('a look that found the source unchanged', () => {
  it('answers the tick before it', () => {
    expect(planned([old], []).due).toHaveLength(1);
    const { due, idle } = planned([old], [look()]);
    expect(due).toEqual([]);
    expect(idle).toEqual([
      { resource: 'calls', reason: 'within-schedule', nextMs: Date.parse('2026-11-22T02:00:00Z') },
    ]);
  });

  it('answers the tick that it was for, though a clock was slow', () => {
    const early = { atIso: '2026-11-21T01:59:50Z' };
    expect(planned([old], [look(early)]).due).toHaveLength(1);
    expect(planned([old], [look({ ...early, slot: '2026-11-21T02:00:00Z' })]).due).toEqual([]);
    const future = look({ ...early, slot: '2099-01-01T00:00:00Z' });
    expect(planned([old], [future]).due).toHaveLength(1);
  });

  it('makes what comes after it less overdue', () => {
    const { due } = planned([old], [look({ atIso: '2026-11-19T03:00:00Z' })]);
    expect(due[0]?.overdueMs).toBe(NOW_MS - Date.parse('2026-11-20T02:00:00Z'));
  });

  it.each([
    ['at a snapshot that is not good any more', [{ ...old, good: false }], look()],
    ['at a snapshot that is condemned', [condemned(old)], look()],
    ['at one that is gone', [], look()],
    [
      'at an older one than could be restored then',
      [snapshot({ resource: 'calls', taken: '2026-11-17T02:00:00Z' }), old],
      look({ of: snapshot({ resource: 'calls', taken: '2026-11-17T02:00:00Z' }) }),
    ],
    ['in the future', [old], look({ atIso: '2026-11-22T00:00:00Z' })],
    ['of a weaker mode', [old], look({ mode: 'incremental' })],
    ['of another kind', [old], look({ mode: 'schema' })],
  ])('proves nothing: %s', (_, snapshots, event) => {
    expect(planned(snapshots, [event]).due).toHaveLength(1);
  });

  it('counts for a weaker mode, and goes on counting after a newer snapshot', () => {
    const mixed = resource('calls', {
      schedules: [at('full', '0 2 * * *', { onlyChanges: true }), at('incremental', '0 * * * *')],
    });
    const newer = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: old,
      taken: '2026-11-21T04:00:05Z',
    });
    expect(planned([old, newer], [look()], mixed).due).toEqual([]);
    expect(planned([old, newer], [], mixed).due[0]?.mode).toBe('full');
    const hourly = look({ atIso: '2026-11-21T04:10:00Z' });
    expect(planned([old], [hourly], mixed).due).toEqual([]);
  });
});

describe('a schedule of changes', () => {
  const [task] = [planned([old], [])].flatMap(({ graph }) =>
    graph.steps.flatMap(({ action }) => (action.kind === 'capture' ? [action.task] : [])),
  );

  it('names the snapshot to compare with', () => {
    expect(task?.unlessEqualTo).toBe(old.id);
    expect(planned([old], []).due[0]?.unlessEqualTo).toBe(old.id);
  });

  const comparedWith = (world: Parameters<typeof input>[1], spec = calls, rest = {}) =>
    planRun(input(plan([spec], [], rest), world)).due.map(({ unlessEqualTo }) => unlessEqualTo);

  it('captures the first one in any case', () => {
    expect(comparedWith({})).toEqual([undefined]);
    const state = catalog([{ ...old, good: false, defect: 'checksum' }]);
    expect(comparedWith({ catalog: state })).toEqual([undefined]);
  });

  it('compares only where the schedule says so, and never by hand', () => {
    const state = catalog([old]);
    const plainly = resource('calls');
    expect(comparedWith({ catalog: state }, plainly)).toEqual([undefined]);
    const request = { kind: 'backup' as const, resources: ['calls'] };
    expect(comparedWith({ catalog: state, request })).toEqual([undefined]);
  });

  it('captures where the type of the resource has changed', () => {
    expect(comparedWith({ catalog: catalog([old]) }, { ...calls, type: 'sqlite' })).toEqual([undefined]);
  });

  it('captures what is no restore point', () => {
    const schema = resource('calls', { schedules: [at('schema', '0 2 * * *', { onlyChanges: true })] });
    const taken = snapshot({ resource: 'calls', mode: 'schema', taken: '2026-11-18T02:00:05Z' });
    expect(comparedWith({ catalog: catalog([old, taken]) }, schema)).toEqual([undefined]);
  });

  it('captures where a copy is missing and cannot be made, unless nobody can tell', () => {
    const wide = { ...calls, targets: { full: ['local', 'offsite'] } };
    const both = { read: new Set(['local', 'offsite']) };
    expect(comparedWith({ catalog: catalog([old], both) }, wide)).toEqual([old.id]);
    const pruned = new Map([['offsite', new Set([old.id])]]);
    expect(comparedWith({ catalog: catalog([old], { ...both, pruned }) }, wide)).toEqual([undefined]);
    expect(comparedWith({ catalog: catalog([old]) }, wide)).toEqual([old.id]);
  });

  it('captures a fallback, which has to begin a chain', () => {
    const incremental = resource('calls', {
      schedules: [at('incremental', '0 2 * * *', { onlyChanges: true })],
      targets: { full: ['local'], incremental: ['local'] },
    });
    expect(comparedWith({ catalog: catalog([old]) }, incremental)).toEqual([old.id]);
    const elsewhere = { ...incremental, targets: { full: ['local'], incremental: ['local', 'offsite'] } };
    const pruned = new Map([['offsite', new Set([old.id])]]);
    const state = catalog([old], { read: new Set(['local', 'offsite']), pruned });
    expect(comparedWith({ catalog: state }, elsewhere)).toEqual([undefined]);
  });

  it('captures members of a group together', () => {
    const group = { name: 'app', members: ['calls'], hooks: { before: [], after: [], onFailure: [] } };
    const due = planRun(input(plan([calls], [group]), { catalog: catalog([old]) })).due;
    expect(due.map(({ unlessEqualTo }) => unlessEqualTo)).toEqual([undefined]);
  });
});

describe('status', () => {
  const assess = (events: readonly EventRecord[], rest = {}) =>
    assessStatus({
      plan: plan([{ ...calls, objectives: { rpoMs: DAY_MS }, ...rest }]),
      catalog: catalog([old], { events }),
      nowMs: NOW_MS,
      keys: [],
      spaces: new Map(),
    });

  it('counts the age from the last look', () => {
    const looked = look({ atIso: '2026-11-21T03:30:00Z' });
    const report = assess([looked, look({ atIso: '2026-11-19T02:00:00Z' })]);
    expect(report.findings).toEqual([]);
    expect(report.resources[0]?.newest).toMatchObject({
      consistentAtMs: old.consistentAtMs,
      unchangedMs: NOW_MS - HOUR_MS,
      ageMs: HOUR_MS,
    });
  });

  it('is stale without', () => {
    const report = assess([]);
    expect(report.findings.map(({ check }) => check)).toEqual(['freshness', 'rpo']);
    expect(report.resources[0]?.newest?.unchangedMs).toBeUndefined();
    expect(report.exitCode).toBe(6);
  });
});
