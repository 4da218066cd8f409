import { describe, expect, it } from 'vitest';
import type { KeyFacts } from '../../src/domain/cryptography.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { StatusFinding } from '../../src/domain/status.ts';
import { assessStatus, type StatusInput } from '../../src/planner/status/assess-status.ts';
import { target } from './prune/rig.ts';
import { at, catalog, DAY_MS, HOUR_MS, NOW_MS, plan, resource, runEvent, snapshot } from './builders.ts';

function assess(
  one: ReturnType<typeof resource>,
  snapshots: readonly Snapshot[] = [],
  rest: Partial<StatusInput> = {},
) {
  const base = { plan: plan([one]), catalog: catalog(snapshots), nowMs: NOW_MS, keys: [], spaces: new Map() };
  const report = assessStatus({ ...base, ...rest });
  return {
    report,
    said: report.findings.map(({ check, severity, message }) => `${severity} ${check}: ${message}`),
  };
}

const fresh = snapshot({ resource: 'calls', taken: '2026-11-21T02:00:05Z' });

describe('a resource', () => {
  it('is fine when its last tick is answered', () => {
    const { report, said } = assess(resource('calls', { objectives: { rpoMs: DAY_MS } }), [fresh]);
    expect(said).toEqual([]);
    expect(report).toMatchObject({ severity: 'ok', exitCode: 0 });
    expect(report.resources).toEqual([
      {
        resource: 'calls',
        type: 'files',
        enabled: true,
        severity: 'ok',
        restorePoints: 1,
        newest: {
          id: fresh.id,
          mode: 'full',
          consistentAtMs: fresh.consistentAtMs,
          ageMs: NOW_MS - fresh.consistentAtMs,
          bytes: 3 * 1024 ** 3,
          rawBytes: 4 * 1024 ** 3,
          durationMs: 60_000,
          copies: [{ target: 'local', state: 'present' }],
        },
        nextMs: Date.parse('2026-11-22T02:00Z'),
        rpoMs: DAY_MS,
      },
    ]);
  });

  it('is critical when it has no good restore point', () => {
    expect(assess(resource('calls')).said).toEqual(['critical never-taken: has no good restore point']);
    expect(assess(resource('calls')).report.exitCode).toBe(6);
    const schema = snapshot({ resource: 'calls', mode: 'schema', taken: '2026-11-21T02:00:05Z' });
    const withSchema = resource('calls', { schedules: [at('full', '0 2 * * *'), at('schema', '0 1 * * *')] });
    expect(assess(withSchema, [schema]).said).toContain('critical never-taken: has no good restore point');
  });

  it('may lack one when nothing schedules it, and is left alone when disabled', () => {
    expect(assess(resource('calls', { schedules: [] })).said).toEqual([]);
    const { report, said } = assess(resource('calls', { enabled: false }));
    expect(said).toEqual([]);
    expect(report.resources[0]).toMatchObject({ enabled: false, severity: 'ok' });
  });

  it.each([
    ['2026-11-22T02:15:00Z', []],
    ['2026-11-22T02:15:01Z', ['warning freshness: full is overdue by 15m']],
    ['2026-11-23T02:14:00Z', ['warning freshness: full is overdue by 24h 14m']],
    ['2026-11-23T02:16:00Z', ['critical freshness: full is overdue by 24h 16m']],
  ])('at %s says %j', (nowIso, expected) => {
    expect(assess(resource('calls'), [fresh], { nowMs: Date.parse(nowIso) }).said).toEqual(expected);
  });

  it('gets twice its usual duration before it counts as late', () => {
    const slow = snapshot({
      resource: 'calls',
      taken: '2026-11-21T02:00:05Z',
      record: { durationMs: 2 * HOUR_MS },
    });
    expect(assess(resource('calls'), [slow], { nowMs: Date.parse('2026-11-22T05:59:00Z') }).said).toEqual([]);
    expect(assess(resource('calls'), [slow], { nowMs: Date.parse('2026-11-22T06:00:01Z') }).said).toEqual([
      'warning freshness: full is overdue by 4h',
    ]);
  });

  it('reports a weekly full that is late although incrementals come daily', () => {
    const both = resource('calls', { schedules: [at('full', '0 3 * * 0'), at('incremental', '0 2 * * *')] });
    const full = snapshot({ resource: 'calls', taken: '2026-11-08T03:00:05Z' });
    const small = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: full,
      taken: '2026-11-21T02:00:05Z',
    });
    expect(assess(both, [full, small]).said).toEqual(['warning freshness: full is overdue by 6d 1h']);
  });

  it('breaks its rpo and its maxAge', () => {
    const one = resource('calls', {
      schedules: [],
      objectives: { rpoMs: 2 * HOUR_MS },
      monitor: { maxAgeMs: HOUR_MS },
    });
    expect(assess(one, [fresh]).said).toEqual([
      'critical rpo: newest restore point is 2h 29m old, rpo is 2h',
      'critical max-age: newest restore point is 2h 29m old, maxAge is 1h',
    ]);
  });

  it('is too small: judged by the newest complete snapshot', () => {
    const one = resource('calls', { schedules: [], monitor: { minSizeBytes: 5 * 1024 ** 3 } });
    const tiny = { artifacts: [{ bytes: 1, raw: { bytes: 1 } }] } as unknown as Partial<Snapshot['record']>;
    const small = snapshot({
      resource: 'calls',
      mode: 'incremental',
      parent: fresh,
      taken: '2026-11-21T03:00:05Z',
      record: tiny,
    });
    expect(assess(one, [fresh, small]).said).toEqual([
      'warning min-size: newest full holds 4.0 GiB, minSize is 5.0 GiB',
    ]);
    expect(assess(one, [fresh, small]).report.exitCode).toBe(6);
    expect(
      assess(resource('calls', { schedules: [], monitor: { minSizeBytes: 1024 } }), [fresh, small]).said,
    ).toEqual([]);
  });

  it('lacks copies, as far as the targets could be read', () => {
    const one = resource('calls', { targets: { full: ['local', 'offsite', 'unread'] } });
    const half = snapshot({ resource: 'calls', taken: '2026-11-21T02:00:05Z', states: { local: 'corrupt' } });
    const { said } = assess(one, [half], {
      catalog: catalog([half], { read: new Set(['local', 'offsite']) }),
    });
    expect(said).toEqual(['warning copies: newest restore point is corrupt on local, missing on offsite']);
    const whole = snapshot({
      resource: 'calls',
      taken: '2026-11-21T02:00:05Z',
      states: { second: 'corrupt' },
      targets: ['local', 'second'],
    });
    const several = resource('calls', { targets: { full: ['local', 'second', 'offsite'] } });
    const read = new Set(['local', 'second', 'offsite']);
    expect(assess(several, [whole], { catalog: catalog([whole], { read }) }).said).toEqual([
      'warning copies: newest restore point is corrupt on second, missing on offsite (the next apply copies it to offsite)',
    ]);
  });

  it('has a newest snapshot that is not good', () => {
    const bad = snapshot({
      resource: 'calls',
      taken: '2026-11-21T03:00:05Z',
      good: false,
      defect: 'checksum differs',
    });
    expect(assess(resource('calls'), [fresh, bad]).said).toEqual([
      `warning damage: newest snapshot ${bad.id} is not good: checksum differs`,
    ]);
  });

  it('was touched by a wrong clock', () => {
    const later = snapshot({ resource: 'calls', taken: '2027-11-21T03:00:05Z' });
    expect(assess(resource('calls'), [fresh, later]).said).toEqual([
      `warning clock: ${later.id} is dated in the future; a clock was wrong`,
    ]);
  });

  it('keeps failing', () => {
    const events = ['2026-11-21T03:00:00Z', '2026-11-21T04:00:00Z'].map((time) =>
      runEvent(time, [{ resource: 'calls', state: 'failed', mode: 'full' }]),
    );
    expect(assess(resource('calls'), [], { catalog: catalog([fresh], { events }) }).said).toEqual([
      'warning failures: the last 2 runs failed',
    ]);
  });
});

describe('a target with a schedule of its own', () => {
  const both = ['local', 'offsite'];
  const targets = { ...plan([]).targets, offsite: target('offsite', { offsite: true }) };
  const weekly = { offsite: { schedule: { cron: '0 3 * * 0', timezone: 'UTC' } } };
  const tiered = resource('calls', { targets: { full: both }, edges: weekly });
  /** Announces the next night, as every copy did before the target had a schedule. */
  const nights = (reached: (date: string) => boolean, until = '2026-11-21') =>
    Array.from({ length: 15 }, (_, index) => {
      const takenMs = Date.parse(`${until}T02:00:05Z`) - (14 - index) * DAY_MS;
      const taken = new Date(takenMs).toISOString();
      const nextExpectedBy = new Date(takenMs + DAY_MS).toISOString();
      const places = reached(taken.slice(0, 10)) ? both : ['local'];
      return snapshot({
        resource: 'calls',
        taken,
        targets: places,
        record: { nextExpectedBy, targetId: 'T' },
      });
    });
  const saidOf = (snapshots: readonly Snapshot[], nowIso = '2026-11-21T04:30:00Z', from = tiered) =>
    assess(from, snapshots, {
      plan: plan([from], [], { targets }),
      catalog: catalog(snapshots, { read: new Set(both) }),
      nowMs: Date.parse(nowIso),
    }).said;

  it('is fine between two ticks, and until the first backup after one', () => {
    const mondays = (date: string) => date === '2026-11-09' || date === '2026-11-16';
    expect(saidOf(nights(mondays))).toEqual([]);
    const untilSunday = nights(mondays, '2026-11-22');
    expect(saidOf(untilSunday, '2026-11-23T01:59:00Z')).toEqual([]);
    expect(saidOf(untilSunday, '2026-11-23T01:59:00Z', { ...tiered, edges: {} })).toEqual([
      expect.stringMatching(/^critical freshness: a newer record of calls was due there/),
      'warning copies: newest restore point is missing on offsite (the next apply copies it)',
    ]);
  });

  it('lacks what should have come after its tick', () => {
    const missed = nights((date) => date === '2026-11-09');
    expect(saidOf(missed)).toEqual([
      expect.stringMatching(/^critical freshness: a newer record of calls was due there/),
      'warning copies: 20261116t020005z-calls, the newest restore point for offsite, is missing there (the next apply copies it)',
    ]);
  });

  it('tells of a damaged copy there', () => {
    const [sunday, monday] = nights(() => true).slice(8, 10);
    if (sunday === undefined || monday === undefined) throw new Error('too few');
    const copies = monday.copies.map((copy) =>
      copy.target === 'offsite' ? { ...copy, state: 'corrupt' as const } : copy,
    );
    expect(saidOf([sunday, { ...monday, copies }], '2026-11-16T04:00:00Z')).toEqual([
      'warning copies: newest restore point is corrupt on offsite',
    ]);
  });
});

describe('keys', () => {
  const key = (rest: Partial<KeyFacts>): KeyFacts => ({
    file: 'keys/ops.asc',
    fingerprint: 'AB',
    userIds: [],
    algorithm: 'ed25519',
    created: '',
    canEncrypt: true,
    canSign: false,
    isPrivate: false,
    revoked: false,
    ...rest,
  });
  const said = (rest: Partial<KeyFacts>) => assess(resource('calls'), [fresh], { keys: [key(rest)] });

  it.each([
    [61, []],
    [60, ['warning expiry: expires in 60 days, on 2027-01-20 (60-day notice)']],
    [30, ['warning expiry: expires in 30 days, on 2026-12-21 (30-day notice)']],
    [7, ['critical expiry: expires in 7 days, on 2026-11-28 (7-day notice)']],
    [1, ['critical expiry: expires in 1 day, on 2026-11-22 (7-day notice)']],
    [0.5, ['critical expiry: expires today, on 2026-11-21 (7-day notice)']],
    [0, ['critical expiry: expired on 2026-11-21']],
  ])('%s days before they expire', (days, expected) => {
    expect(said({ expiresMs: NOW_MS + days * DAY_MS }).said).toEqual(expected);
  });

  it('stop a pipeline only when it is urgent', () => {
    expect(said({ expiresMs: NOW_MS + 20 * DAY_MS }).report).toMatchObject({
      severity: 'warning',
      exitCode: 0,
    });
    expect(said({ expiresMs: NOW_MS + 2 * DAY_MS }).report).toMatchObject({
      severity: 'critical',
      exitCode: 6,
    });
  });

  it('that cannot be used are critical', () => {
    expect(said({ revoked: true }).said).toEqual(['critical expiry: is revoked']);
    expect(said({ defect: 'has no encryption subkey' }).said).toEqual([
      'critical expiry: has no encryption subkey',
    ]);
  });

  it('of signers that the plan stops trusting are told of', () => {
    const signing = {
      keys: { ci: { name: 'ci', key: '/k', may: [], untilMs: NOW_MS + 5 * DAY_MS } },
      use: { env: 'K' },
    };
    const { report } = assess(resource('calls'), [fresh], {
      plan: plan([resource('calls')], [], { signing }),
    });
    expect(report.findings[0]).toMatchObject({
      severity: 'critical',
      subject: { kind: 'key', name: 'signer ci' },
    });
  });
});

describe('targets', () => {
  const GIB = 1024 ** 3;
  const withSpace = (freeBytes: number, totalBytes = 100 * GIB) =>
    assess(resource('calls'), [fresh], { spaces: new Map([['local', { freeBytes, totalBytes }]]) });

  it.each([
    [50 * GIB, []],
    [9 * GIB, ['warning space: 9.0 GiB free of 100 GiB']],
    [4 * GIB, ['critical space: 4.0 GiB free of 100 GiB']],
    [2 * GIB, ['critical space: 2.0 GiB free of 100 GiB, the newest snapshots together take 3.0 GiB']],
  ])('with %d bytes free', (freeBytes, expected) => {
    expect(withSpace(freeBytes).said).toEqual(expected);
  });

  it('that could not be read leave the result open', () => {
    const problems = [{ target: 'local', code: 'TARGET_UNREACHABLE', message: 'is not mounted' }] as const;
    const unread = assess(resource('calls', { schedules: [] }), [], {
      catalog: catalog([], { problems, read: new Set() }),
    });
    expect(unread.said).toEqual(['critical catalog: is not mounted']);
    expect(unread.report).toMatchObject({ exitCode: 9, targets: [{ target: 'local', read: false }] });
  });

  it('that are unread without a word are noticed too', () => {
    const unread = assess(resource('calls', { schedules: [] }), [], {
      catalog: catalog([], { read: new Set() }),
    });
    expect(unread.said).toEqual(['critical catalog: was not read in full']);
  });

  it('do not hide what is stale for certain', () => {
    const stale = assess(resource('calls'), [], { catalog: catalog([], { read: new Set() }) });
    expect(stale.report.exitCode).toBe(6);
    expect(stale.report.findings.map((one: StatusFinding) => one.check)).toEqual(['never-taken', 'catalog']);
  });
});
