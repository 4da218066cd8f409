import { describe, expect, it } from 'vitest';
import type { Plan, PolicySpec, ResourceSpec, TargetSpec } from '../../src/domain/plan.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { judgePolicies } from '../../src/planner/policies.ts';
import { policyFindings } from '../../src/planner/policies-static.ts';
import { assessStatus } from '../../src/planner/status/assess-status.ts';
import { at, catalog, DAY_MS, HOUR_MS, NOW_MS, plan, resource, snapshot } from './builders.ts';
import { event, target } from './prune/rig.ts';

const TARGETS: Readonly<Record<string, TargetSpec>> = {
  local: target('local', { media: 'disk' }),
  second: target('second', { media: 'disk' }),
  cloud: target('cloud', { type: 's3', offsite: true }),
  vault: target('vault', { type: 's3', offsite: true, site: 'fra1', media: 'object' }),
};

function planWith(
  policies: Partial<PolicySpec>,
  resources: readonly ResourceSpec[],
  rest: Partial<Plan> = {},
): Plan {
  const encryption = {
    ops: { name: 'ops', recipients: ['ops.asc', 'escrow.asc'], engine: 'auto' as const },
    solo: { name: 'solo', recipients: ['ops.asc'], engine: 'auto' as const },
    apart: { name: 'apart', recipients: ['other.asc'], engine: 'auto' as const },
  };
  return plan(resources, [], {
    policies: { countSource: false, separate: [], ...policies },
    targets: TARGETS,
    encryption,
    ...rest,
  });
}

const on = (...targets: string[]) => ({ targets: { full: targets } });

describe('what is configured', () => {
  const said = (policies: Partial<PolicySpec>, spec: Partial<ResourceSpec>) =>
    policyFindings(planWith(policies, [resource('calls', spec)]), NOW_MS).map(({ message }) => message);

  it.each<[Partial<PolicySpec>, string[], string[]]>([
    [{ copies: 2 }, ['local', 'cloud'], []],
    [{ copies: 3 }, ['local', 'cloud'], ['copies: 2 where the policy asks for 3']],
    [{ copies: 3, countSource: true }, ['local', 'cloud'], []],
    [{ media: 2 }, ['local', 'second'], ['media: 1 where the policy asks for 2']],
    [{ media: 2, countSource: true }, ['local', 'second'], []],
    [{ media: 2 }, ['local', 'cloud'], []],
    [{ media: 2 }, ['cloud', 'vault'], []],
    [{ offsite: 1 }, ['local', 'second'], ['offsite: 0 where the policy asks for 1']],
    [{ offsite: 1 }, ['local', 'vault'], []],
    [{ sites: 2 }, ['local', 'second'], ['sites: 1 where the policy asks for 2']],
    [{ sites: 2 }, ['cloud'], ['sites: 1 where the policy asks for 2']],
    [{ sites: 2, countSource: true }, ['cloud'], []],
    [{ sites: 2, countSource: true }, ['local'], ['sites: 1 where the policy asks for 2']],
    [{ sites: 3, countSource: true }, ['cloud', 'vault'], []],
    [
      { copies: 3, media: 2, offsite: 1, sites: 2 },
      ['local'],
      [
        'copies: 1 where the policy asks for 3',
        'media: 1 where the policy asks for 2',
        'sites: 1 where the policy asks for 2',
        'offsite: 0 where the policy asks for 1',
      ],
    ],
  ])('%j on %j', (policies, targets, expected) => {
    expect(said(policies, on(...targets))).toEqual(expected);
  });

  it('counts only targets that get every kind of restore point', () => {
    const schedules = [at('full', '0 2 * * *'), at('incremental', '0 * * * *'), at('schema', '0 2 * * *')];
    const targets = { full: ['local', 'cloud'], incremental: ['local'], schema: ['vault'] };
    expect(said({ copies: 2 }, { schedules, targets })).toEqual(['copies: 1 where the policy asks for 2']);
  });

  it.each<[Partial<PolicySpec>, string, string[]]>([
    [{ recipients: 2 }, 'ops', []],
    [{ recipients: 2 }, 'solo', ['recipients: 1 where the policy asks for 2']],
    [{ encrypted: 'required' }, 'solo', []],
    [{ encrypted: 'required' }, 'missing', ['recipients: 0 where the policy asks for 1']],
  ])('%j with profile %s', (policies, encryption, expected) => {
    expect(said(policies, { encryption })).toEqual(expected);
  });

  it('compares the longest gap of the restore points with maxRpo', () => {
    expect(said({ maxRpoMs: DAY_MS }, {})).toEqual([]);
    expect(said({ maxRpoMs: 23 * HOUR_MS }, {})).toEqual([
      'maxRpo: gaps of up to 24h where the policy allows 23h',
    ]);
    const schedules = [at('full', '0 3 * * 0'), at('incremental', '0 */6 * * *')];
    expect(said({ maxRpoMs: 6 * HOUR_MS }, { schedules })).toEqual([]);
    expect(said({ maxRpoMs: DAY_MS }, { schedules: [at('schema', '0 * * * *')] })).toEqual([
      'maxRpo: nothing schedules a restore point',
    ]);
  });

  it('compares what comes offsite by a schedule of its own with maxRpo, at the best of the places', () => {
    const edge = (cron: string) => ({ schedule: { cron, timezone: 'UTC' } });
    const both = { ...on('local', 'cloud', 'vault') };
    const weekly = { cloud: edge('0 3 * * 0'), vault: edge('0 3 1 * *') };
    const policy = { offsite: 1, maxRpoMs: DAY_MS };
    expect(said(policy, { ...both, edges: weekly })).toEqual([
      'maxRpo: gaps of up to 7d offsite where the policy allows 24h',
    ]);
    expect(said(policy, { ...both, edges: { vault: edge('0 3 1 * *') } })).toEqual([]);
    expect(said({ maxRpoMs: DAY_MS }, { ...both, edges: weekly })).toEqual([]);
  });

  it('blames the policy, once, where no target could make up for it', () => {
    const resources = [resource('calls', on('local')), resource('vault', on('local'))];
    expect(policyFindings(planWith({ copies: 5, offsite: 1 }, resources), NOW_MS)).toEqual([
      {
        path: ['policies', 'copies'],
        message: 'copies: 4 where the policy asks for 5, even on every target of the plan',
      },
      ...['calls', 'vault'].map((name) => ({
        path: ['resources', name, 'targets'],
        message: 'offsite: 0 where the policy asks for 1',
      })),
    ]);
  });

  it('names the place in the plan', () => {
    const policies = { copies: 2, recipients: 9, maxRpoMs: 1, separate: [['calls', 'vault']] };
    const paths = policyFindings(planWith(policies, [resource('calls'), resource('vault')]), NOW_MS);
    expect(paths.map(({ path }) => path.join('.'))).toEqual([
      'resources.calls.targets',
      'resources.vault.targets',
      'resources.calls.encryption',
      'resources.vault.encryption',
      'resources.calls.schedule',
      'resources.vault.schedule',
      'policies.separate.0',
    ]);
  });

  it.each([
    ['the same target and recipient', on('local', 'cloud'), 'ops', 1],
    ['another target', on('vault'), 'ops', 0],
    ['another recipient', on('local'), 'apart', 0],
  ])('keeps apart: %s', (_, targets, encryption, count) => {
    const calls = resource('calls', { ...on('local'), encryption: 'solo' });
    const vault = resource('vault', { ...targets, encryption });
    const found = policyFindings(planWith({ separate: [['calls', 'vault']] }, [calls, vault]), NOW_MS);
    expect(found).toHaveLength(count);
    if (count > 0) expect(found[0]?.message).toBe('separate: calls and vault share local and a recipient');
  });

  it('leaves disabled resources and plans without policies alone', () => {
    expect(said({ copies: 3 }, { enabled: false })).toEqual([]);
    expect(said({}, on())).toEqual([]);
  });

  it('judges 10,000 resources that share their schedules in a moment', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => resource(`r${String(index)}`));
    const before = process.cpuUsage();
    expect(policyFindings(planWith({ copies: 1, maxRpoMs: DAY_MS }, many), NOW_MS)).toEqual([]);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });
});

describe('what exists', () => {
  const calls = resource('calls', on('local', 'cloud'));
  const all = new Set(Object.keys(TARGETS));
  const taken = (rest: Partial<Parameters<typeof snapshot>[0]> = {}) =>
    snapshot({ resource: 'calls', taken: '2026-11-21T02:00:00Z', targets: ['local', 'cloud'], ...rest });
  const judge = (policies: Partial<PolicySpec>, snapshots: readonly Snapshot[], rest = {}) =>
    judgePolicies({
      plan: planWith(policies, [calls]),
      catalog: catalog(snapshots, { read: all, ...rest }),
      nowMs: NOW_MS,
    }).map(({ severity, message }) => `${severity}: ${message}`);

  it('is the newest good restore point', () => {
    const older = taken({ taken: '2026-11-20T02:00:00Z' });
    const damaged = taken({ taken: '2026-11-21T03:00:00Z', good: false, targets: ['local'] });
    expect(judge({ copies: 2 }, [older, damaged])).toEqual([]);
    expect(judge({ copies: 2 }, [older, taken({ targets: ['local'] })])).toEqual([
      'critical: newest restore point: copies: 1 where the policy asks for 2',
    ]);
  });

  it.each(['missing', 'corrupt', 'condemned'] as const)('counts no copy that is %s', (state) => {
    expect(judge({ offsite: 1 }, [taken({ states: { cloud: state } })])).toEqual([
      'critical: newest restore point: offsite: 0 where the policy asks for 1',
    ]);
  });

  it('gives a target that was not read the benefit, and no other one', () => {
    const here = taken({ targets: ['local'] });
    expect(judge({ offsite: 1 }, [here], { read: new Set(['local']) })).toEqual([]);
    expect(judge({ copies: 3 }, [here], { read: new Set(['local']) })).toHaveLength(1);
  });

  it('is elsewhere the newest that belongs there, where the target has a schedule of its own', () => {
    const edges = { cloud: { schedule: { cron: '0 3 * * 0', timezone: 'UTC' } } };
    const tiered = resource('calls', { ...on('local', 'cloud'), edges });
    const monday = (targets: string[]) => taken({ taken: '2026-11-16T02:00:00Z', targets });
    const judged = (snapshots: readonly Snapshot[]) =>
      judgePolicies({
        plan: planWith({ copies: 2, offsite: 1 }, [tiered]),
        catalog: catalog(snapshots, { read: all }),
        nowMs: NOW_MS,
      });
    const latest = taken({ targets: ['local'] });
    expect(judged([monday(['local', 'cloud']), latest])).toEqual([]);
    expect(judged([monday(['local']), latest])).toHaveLength(2);
  });

  it('says nothing of a resource that has none: that is told elsewhere', () => {
    expect(judge({ copies: 9, maxRpoMs: 1, recipients: 9, verifyEveryMs: 1 }, [])).toEqual([]);
  });

  it('counts the recipients that the record names', () => {
    expect(judge({ recipients: 2 }, [taken()])).toEqual([
      'critical: newest restore point: recipients: 1 where the policy asks for 2',
    ]);
    expect(judge({ encrypted: 'required' }, [taken()])).toEqual([]);
    const open = taken();
    const artifacts = open.record.artifacts.map((one) => ({
      ...one,
      encryption: { ...one.encryption, recipients: [] },
    }));
    expect(
      judge({ encrypted: 'required' }, [{ ...open, record: { ...open.record, artifacts } }]),
    ).toHaveLength(1);
  });

  it('compares its age, from the last look at the source, with maxRpo', () => {
    const maxRpoMs = 2 * HOUR_MS;
    const point = taken();
    expect(judge({ maxRpoMs }, [point])).toEqual([
      'critical: newest restore point is 2h 30m old, maxRpo is 2h',
    ]);
    const facts = { snapshotId: point.id, resource: 'calls', mode: 'full' };
    expect(judge({ maxRpoMs }, [point], { events: [event('unchanged', facts, NOW_MS - HOUR_MS)] })).toEqual(
      [],
    );
  });

  it.each<[string, Snapshot['verified'], string[]]>([
    ['lately', { level: 'checksum', atMs: NOW_MS - DAY_MS }, []],
    [
      'long ago',
      { level: 'decrypt', atMs: NOW_MS - 8 * DAY_MS },
      ['warning: last verified 8d ago, verifyEvery is 7d'],
    ],
    ['not', undefined, ['warning: never verified, verifyEvery is 7d']],
    ['only the record', { level: 'record', atMs: NOW_MS }, ['warning: never verified, verifyEvery is 7d']],
  ])('asks for a verification: %s', (_, verified, expected) => {
    const old = taken({ taken: '2026-11-01T02:00:00Z' });
    const seen = verified === undefined ? old : { ...old, verified };
    expect(judge({ verifyEveryMs: 7 * DAY_MS }, [seen, taken()])).toEqual(expected);
  });

  it('gives the first verification its time', () => {
    expect(judge({ verifyEveryMs: 7 * DAY_MS }, [taken()])).toEqual([]);
  });

  it('keeps data and the key to it apart', () => {
    const vault = resource('vault', on('cloud'));
    const judged = (key: Snapshot) =>
      judgePolicies({
        plan: planWith({ separate: [['calls', 'vault', 'unknown']] }, [calls, vault]),
        catalog: catalog([taken(), key], { read: all }),
        nowMs: NOW_MS,
      });
    const together = snapshot({ resource: 'vault', taken: '2026-11-21T02:00:00Z', targets: ['cloud'] });
    expect(judged(together)).toEqual([
      {
        check: 'policy',
        severity: 'critical',
        subject: { kind: 'resource', name: 'calls' },
        message: 'shares cloud and a recipient with vault, policy keeps them apart',
      },
    ]);
    expect(
      judged({ ...together, copies: together.copies.map((copy) => ({ ...copy, target: 'vault' })) }),
    ).toEqual([]);
    const artifacts = together.record.artifacts.map((one) => ({
      ...one,
      encryption: { ...one.encryption, recipients: ['R2'] },
    }));
    expect(judged({ ...together, record: { ...together.record, artifacts } })).toEqual([]);
  });

  it('makes status fail', () => {
    const report = assessStatus({
      plan: planWith({ copies: 3 }, [calls]),
      catalog: catalog([taken()], { read: all }),
      nowMs: NOW_MS,
      keys: [],
      spaces: new Map(),
    });
    expect(report.findings.map(({ check }) => check)).toEqual(['policy']);
    expect(report).toMatchObject({ exitCode: 6, severity: 'critical' });
  });
});
