import { describe, expect, it } from 'vitest';
import { listReport, showReport } from '../../src/planner/list-report.ts';
import { catalog, NOW_MS, plan, POLICY, resource, snapshot } from './builders.ts';
import { condemned, keepLast, mark, target } from './prune/rig.ts';

const full = snapshot({ resource: 'calls', taken: '2026-11-15T02:00:05Z' });
const child = snapshot({
  resource: 'calls',
  mode: 'incremental',
  parent: full,
  taken: '2026-11-16T02:00:05Z',
  record: { label: 'deploy-7' },
});
const broken = snapshot({
  resource: 'calls',
  taken: '2026-11-17T02:00:05Z',
  good: false,
  defect: 'its data on local is corrupt',
});
const other = snapshot({ resource: 'backups', taken: '2026-11-18T02:00:05Z' });
const all = catalog([full, child, broken, other]);
const source = { catalog: all, nowMs: NOW_MS };

describe('listReport', () => {
  const everything = { resources: [], all: true };

  it('sorts by resource, then as the catalog does', () => {
    expect(listReport(source, everything).snapshots.map(({ id }) => id)).toEqual([
      other.id,
      full.id,
      child.id,
      broken.id,
    ]);
  });

  it('hides what is not good, and counts it', () => {
    const report = listReport(source, { resources: [], all: false });
    expect(report.snapshots.map(({ id }) => id)).not.toContain(broken.id);
    expect(report.hidden).toBe(1);
  });

  it('filters by resource and label', () => {
    expect(
      listReport(source, { ...everything, resources: ['backups'] }).snapshots.map(({ id }) => id),
    ).toEqual([other.id]);
    expect(listReport(source, { ...everything, label: 'deploy-7' }).snapshots.map(({ id }) => id)).toEqual([
      child.id,
    ]);
    expect(listReport(source, { resources: ['backups'], all: false }).hidden).toBe(0);
  });

  it('says what retention makes of each, where there is a plan', () => {
    expect(listReport(source, everything).snapshots[0]?.retention).toBeUndefined();
    const policies = { full: { ...POLICY, keep: { last: 1 }, minimum: 1 }, incremental: POLICY };
    const report = listReport(
      { ...source, plan: plan([resource('calls', { retention: policies })]) },
      everything,
    );
    const said = Object.fromEntries(report.snapshots.map(({ id, retention }) => [id, retention]));
    expect(said[other.id]).toBeUndefined();
    expect(said[full.id]).toEqual({ keptBy: ['last'], released: false });
    expect(said[broken.id]?.keptBy).toEqual(['not good: its data on local is corrupt']);
  });

  it('says where it is kept, where released, and until when it is condemned or pinned', () => {
    const targets = ['local', 'offsite'];
    const [old, middle, recent] = ['18', '19', '20'].map((day) =>
      snapshot({ resource: 'calls', taken: `2026-11-${day}T02:00:05Z`, targets }),
    );
    const spec = resource('calls', {
      schedules: [],
      retention: { full: keepLast(1) },
      edges: { offsite: { retention: keepLast(2) } },
    });
    const wide = plan([spec], [], { targets: { local: target('local'), offsite: target('offsite') } });
    const snapshots = [condemned(old!, [mark()]), middle!, { ...recent!, pinned: { untilMs: NOW_MS + 1 } }];
    const read = new Set(targets);
    const report = listReport(
      { catalog: catalog(snapshots, { read }), nowMs: NOW_MS, plan: wide },
      everything,
    );
    expect(report.snapshots.map(({ retention, pinned }) => ({ retention, pinned }))).toEqual([
      { retention: { keptBy: [], released: true }, pinned: undefined },
      { retention: { keptBy: ['last'], released: false, releasedOn: ['local'] }, pinned: undefined },
      { retention: { keptBy: ['last', 'pinned'], released: false }, pinned: { untilMs: NOW_MS + 1 } },
    ]);
    expect(report.snapshots[0]?.targets).toEqual([
      { name: 'local', state: 'condemned', condemnedUntilMs: mark().markedMs + mark().graceMs },
      { name: 'offsite', state: 'present' },
    ]);
    expect(report.held).toEqual([]);
  });

  it('leaves out a pin that has run out, and judges nothing on a target that was not read', () => {
    const old = { ...full, pinned: { untilMs: NOW_MS } };
    const spec = resource('calls', { retention: { full: keepLast(1) } });
    const state = catalog([old, broken], { read: new Set() });
    const [shown] = listReport({ catalog: state, nowMs: NOW_MS, plan: plan([spec]) }, everything).snapshots;
    expect(shown?.pinned).toBeUndefined();
    expect(shown?.retention).toBeUndefined();
  });

  it('tells what is released and held all the same', () => {
    const late = ['10', '11', '12'].map((day) =>
      snapshot({ resource: 'calls', taken: `2026-11-${day}T02:00:05Z` }),
    );
    const spec = resource('calls', { retention: { full: keepLast(1) } });
    const report = listReport({ catalog: catalog(late), nowMs: NOW_MS, plan: plan([spec]) }, everything);
    expect(report.held).toMatchObject([
      { target: 'local', resource: 'calls', snapshots: 2, failure: { code: 'BACKUP_OVERDUE' } },
    ]);
  });

  it('tells the sizes and the copies', () => {
    expect(listReport(source, { resources: ['backups'], all: true }).snapshots[0]).toEqual({
      id: other.id,
      plan: 'acme',
      resource: 'backups',
      type: 'files',
      mode: 'full',
      status: 'complete',
      good: true,
      consistentAtMs: other.consistentAtMs,
      committedMs: other.committedMs,
      bytes: 3 * 1024 ** 3,
      rawBytes: 4 * 1024 ** 3,
      entries: 10,
      targets: [{ name: 'local', state: 'present' }],
    });
  });
});

describe('showReport', () => {
  const artifacts = [
    {
      name: 'files',
      key: 'k',
      mediaType: 'application/x-tar',
      bytes: 1,
      sha256: 'ab',
      raw: { bytes: 2 },
      compression: 'zstd',
      encryption: { profile: 'ops', recipients: ['R'] },
      source: { tool: 'tar', completion: 'tar --totals' },
    },
  ];
  const rich = {
    artifacts,
    writer: 'W',
    runId: 'run',
    planDigest: 'sha256:00',
    toolVersion: '0.1.0',
    started: 'then',
    slot: 'tick',
    warnings: ['one'],
  };
  const shown = { ...child, record: { ...child.record, ...rich } as unknown as typeof child.record };

  it('shows the chain from the full up', () => {
    const report = showReport({ ...source, catalog: catalog([full, shown]) }, shown);
    expect(report.chain.map(({ id }) => id)).toEqual([full.id, child.id]);
    expect(report.warnings).toEqual(['one']);
    expect(report.provenance).toEqual({
      writer: 'W',
      runId: 'run',
      planDigest: 'sha256:00',
      toolVersion: '0.1.0',
      startedAt: 'then',
      durationMs: 60_000,
      slot: 'tick',
    });
    expect(report.artifacts).toEqual([
      {
        name: 'files',
        key: 'k',
        mediaType: 'application/x-tar',
        bytes: 1,
        rawBytes: 2,
        sha256: 'ab',
        compression: 'zstd',
        recipients: ['R'],
        tool: 'tar',
        completion: 'tar --totals',
      },
    ]);
  });

  it('ends the chain where it is broken, or bites its own tail', () => {
    expect(showReport({ ...source, catalog: catalog([shown]) }, shown).chain).toHaveLength(1);
    const loop = {
      ...shown,
      record: {
        ...shown.record,
        chain: { ...shown.record.chain, parent: { snapshotId: shown.id, recordSha256: '00' } },
      },
    };
    expect(showReport({ ...source, catalog: catalog([loop]) }, loop).chain.length).toBeLessThanOrEqual(2);
  });
});
