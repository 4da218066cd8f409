import { describe, expect, it } from 'vitest';
import type { AppliedPlan } from '../../src/domain/applied-plan.ts';
import { planReport } from '../../src/planner/plan-report.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import { previewRetention } from '../../src/planner/retention-preview.ts';
import { catalog, input, NOW_MS, plan, POLICY, resource, snapshot } from './builders.ts';

const nightly = Array.from({ length: 10 }, (_, age) =>
  snapshot({
    resource: 'calls',
    taken: new Date(Date.parse('2026-11-20T02:00:05Z') - age * 86_400_000).toISOString(),
  }),
).reverse();
const gone = snapshot({ resource: 'gone', taken: '2020-01-01T00:00:00Z' });
const one = plan([
  resource('calls', { retention: { full: { ...POLICY, keep: { daily: 7 } } } }),
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

describe('previewRetention', () => {
  const preview = previewRetention({ plan: one, catalog: all, nowMs: NOW_MS });

  it('says what would be released, oldest first', () => {
    expect(preview.released.map(({ id }) => id)).toEqual(nightly.slice(0, 3).map(({ id }) => id));
    expect(preview.released[0]).toEqual({
      id: nightly[0]?.id,
      resource: 'calls',
      mode: 'full',
      consistentAtMs: nightly[0]?.consistentAtMs,
      bytes: 3 * 1024 ** 3,
      targets: ['local'],
    });
  });

  it('says why the others stay, and judges nothing that the plan does not have', () => {
    expect(preview.keptBy.get(nightly[9]?.id ?? '')).toEqual(['daily']);
    expect(preview.keptBy.get(nightly[0]?.id ?? '')).toEqual([]);
    expect(preview.keptBy.has(gone.id)).toBe(false);
  });
});

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
    expect(report.released).toHaveLength(3);
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
