import { describe, expect, it } from 'vitest';
import { changesDocument, changesWith } from '../../src/commands/prune/policy-changes.ts';
import type { Ports } from '../../src/commands/ports.ts';
import type { AppliedPlan } from '../../src/domain/applied-plan.ts';
import type { Plan, RetentionPolicy } from '../../src/domain/plan.ts';
import type { Catalog, Snapshot } from '../../src/domain/snapshot.ts';
import { HOUR_MS, NOW_MS, plan, POLICY, resource } from '../planner/builders.ts';

const LATER: RetentionPolicy = { ...POLICY, keep: { daily: 3 } };
const named = (...names: readonly string[]): Plan => plan(names.map((name) => resource(name)));

describe('when retention changed', () => {
  it('is now for the resources whose policy differs, and as remembered for the others', async () => {
    const before = plan([resource('calls'), resource('mail')]);
    const after = plan([resource('calls', { retention: { full: LATER } }), resource('mail')]);
    const state = { mail: '2026-11-20T00:00:00.000Z' };
    expect(await changes(after, applied(before, state))).toEqual({
      calls: NOW_MS,
      mail: Date.parse(state.mail),
    });
  });

  it.each([
    ['an edge', plan([resource('calls', { edges: { local: { retention: LATER } } })])],
    ['the calendar', plan([resource('calls')], [], { timezone: 'Asia/Tokyo' })],
    ['the grace', plan([resource('calls', { retention: { full: { ...POLICY, graceMs: HOUR_MS } } })])],
  ])('is now for a change of %s', async (_, after) => {
    expect(await changes(after, applied(named('calls')))).toEqual({ calls: NOW_MS });
  });

  it('is never for a policy that has only another name', async () => {
    const after = plan([resource('calls', { retention: { full: { ...POLICY, name: 'short' } } })]);
    expect(await changes(after, applied(named('calls')))).toEqual({});
  });

  it('is now for a resource that comes back, and never for one that is new', async () => {
    const after = named('calls', 'mail', 'new');
    expect(await changes(after, applied(named('calls')), ['calls', 'mail'])).toEqual({ mail: NOW_MS });
  });

  it('is now where the log was begun anew over snapshots, and never at the very first', async () => {
    expect(await changes(named('calls'), undefined)).toEqual({ calls: NOW_MS });
    expect(await changes(named('calls'), undefined, [])).toEqual({});
  });

  it('is the time of the apply where nobody can open what it knew', async () => {
    const { state: _, ...sealed } = applied(named('calls'));
    expect(await changes(plan([resource('calls')]), sealed)).toEqual({ calls: Date.parse(sealed.at) });
  });

  it('is now where the applied plan can no longer be understood', async () => {
    const after = plan([resource('calls', { retention: { full: LATER } }), resource('mail')]);
    const ports = portsWith(undefined);
    const request = {
      plan: { ...after, digest: 'new' },
      applied: applied(named('calls')),
      catalog: catalogOf([]),
    };
    expect(await changesWith(ports, request)).toEqual({ calls: NOW_MS, mail: NOW_MS });
  });

  it('is written down as times that people can read', () => {
    expect(changesDocument({ calls: 0 })).toEqual({ calls: '1970-01-01T00:00:00.000Z' });
  });
});

/** The plan that the document of `applied` stands for. */
let before: Plan | undefined;

function applied(of: Plan, retentionChangedAt = {}): AppliedPlan {
  before = of;
  return {
    serial: 7,
    applyId: 'run',
    at: '2026-11-19T00:00:00.000Z',
    holder: 'ci',
    digest: of.digest,
    state: { format: 'backup-plan/state@1', plan: {}, digest: of.digest, retentionChangedAt },
  };
}

function changes(after: Plan, of: AppliedPlan | undefined, having = ['calls', 'mail']) {
  const isSealed = of !== undefined && of.state === undefined;
  const digest = isSealed ? of.digest : 'sha256:01';
  const request = { plan: { ...after, digest }, applied: of, catalog: catalogOf(having) };
  return changesWith(portsWith(before), request);
}

function portsWith(known: Plan | undefined): Ports {
  const refused = { ok: false, failure: { code: 'LOG_UNREADABLE', message: 'not valid any more' } };
  const ports: Partial<Ports> = {
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
    planFromDocument: () =>
      Promise.resolve(known === undefined ? (refused as never) : { ok: true, value: known }),
  };
  return ports as Ports;
}

function catalogOf(resources: readonly string[]): Catalog {
  const snapshots = resources.map((name) => ({ resource: name }) as Snapshot);
  return { snapshots, problems: [], read: new Set(), events: [] };
}
