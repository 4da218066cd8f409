import { describe, expect, it } from 'vitest';
import type { AppliedPlan } from '../../src/domain/applied-plan.ts';
import { planReport } from '../../src/planner/plan-report.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { catalog, input, NOW_MS, plan, POLICY, resource, snapshot } from './builders.ts';

const nightly = Array.from({ length: 10 }, (_, age) =>
  snapshot({
    resource: 'calls',
    taken: new Date(Date.parse('2026-11-20T02:00:05Z') - age * 86_400_000).toISOString(),
  }),
).reverse();
const gone = snapshot({ resource: 'gone', taken: '2020-01-01T00:00:00Z' });
const one = plan([
  resource('calls', { retention: { full: { ...POLICY, keep: { daily: 7 }, maxDelete: 0.2 } } }),
  resource('new'),
]);
const all = catalog([gone, ...nightly]);
const applied: AppliedPlan = {
  serial: 42,
  applyId: 'a',
  at: '2026-09-13T08:12:00Z',
  holder: 'ci',
  gitCommit: '8f31c2e',
  digest: 'sha256:00',
};

describe('planReport', () => {
  const planned = planRun(input(one, { catalog: all }));
  const base = { plan: one, catalog: all, nowMs: NOW_MS, planned };

  it('compares digests and sums up', () => {
    const report = planReport({ ...base, applied });
    expect(report).toMatchObject({
      plan: 'acme',
      changed: false,
      snapshots: 11,
      targets: ['local'],
      unread: [],
      steps: 6,
      estimatedBytes: 3 * 1024 ** 3,
    });
    expect(report.base).toEqual({
      serial: 42,
      digest: 'sha256:00',
      at: '2026-09-13T08:12:00Z',
      holder: 'ci',
      gitCommit: '8f31c2e',
    });
    expect(report.due.map(({ resource: name }) => name)).toEqual(['calls', 'new']);
    expect(report.released).toEqual([]);
    expect(report.held).toMatchObject([{ target: 'local', resource: 'calls', snapshots: 3 }]);
    expect(report.held[0]?.failure.code).toBe('DELETE_GUARD');
  });

  it('tells what a prune would take, once and with all its targets', () => {
    const both = nightly.map((one) => ({
      ...one,
      copies: ['local', 'offsite'].flatMap((target) => one.copies.map((copy) => ({ ...copy, target }))),
    }));
    const spec = one.targets['local'];
    const targets = {
      local: spec!,
      offsite: { ...spec!, name: 'offsite', prune: 'separate' as const },
      closed: { ...spec!, name: 'closed' },
    };
    const patient = { ...POLICY, maxDelete: 0.5, graceMs: 3_600_000 };
    const resources = {
      calls: resource('calls', { retention: { full: patient }, edges: { offsite: { retention: POLICY } } }),
    };
    const wide = { ...one, targets, resources };
    const state = catalog([gone, ...both], { read: new Set(['local', 'offsite']) });
    const report = planReport({
      plan: wide,
      catalog: state,
      nowMs: NOW_MS,
      planned: planRun(input(wide, { catalog: state })),
    });
    expect(report.separate).toEqual(['offsite']);
    expect(report.held).toEqual([]);
    expect(report.released).toEqual(
      nightly.slice(0, 3).map(({ id, consistentAtMs }) => ({
        id,
        resource: 'calls',
        mode: 'full',
        consistentAtMs,
        bytes: 3 * 1024 ** 3 + 1024,
        targets: ['local', 'offsite'],
        graceUntilMs: NOW_MS + 3_600_000,
      })),
    );
  });

  it('shows what an earlier prune has condemned', () => {
    const marks = [{ runId: 'r', intent: 'condemn' as const, markedMs: NOW_MS - 1000, graceMs: 3_600_000 }];
    const state = catalog(
      nightly.map((one, index) =>
        index > 0
          ? one
          : {
              ...one,
              good: false,
              copies: one.copies.map((copy) => ({ ...copy, state: 'condemned' as const, marks })),
            },
      ),
    );
    const report = planReport({ ...base, catalog: state, planned: planRun(input(one, { catalog: state })) });
    expect(report.condemned).toEqual([
      {
        target: 'local',
        resource: 'calls',
        root: nightly[0]?.id,
        snapshots: 1,
        untilMs: NOW_MS - 1000 + 3_600_000,
      },
    ]);
  });

  it('has changed when another plan, or none, was applied', () => {
    expect(planReport({ ...base, applied: { ...applied, digest: 'sha256:ff' } }).changed).toBe(true);
    const first = planReport(base);
    expect(first.changed).toBe(true);
    expect(first.base).toBeUndefined();
  });

  it('names targets that were not read, and knows no size of what it never saw', () => {
    const unread = catalog([], { read: new Set() });
    const report = planReport({
      ...base,
      catalog: unread,
      planned: planRun(input(one, { catalog: unread })),
    });
    expect(report.unread).toEqual(['local']);
    expect(report.estimatedBytes).toBeUndefined();
  });
});
