import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { USUAL_TARGET_LIMITS } from '../../src/domain/plan.ts';
import { HEAD, load, loadValid, PLAN } from './plan-folder.ts';

describe('a plan', () => {
  it('has everything that was left out', async () => {
    const plan = await loadValid(PLAN);
    expect(plan).toMatchObject({
      name: 'demo',
      timezone: 'UTC',
      labels: {},
      state: 'local',
      onFailure: 'continue',
      groups: {},
      notifications: {},
    });
    expect(plan.scratchDirectory).toBe('/var/tmp');
    expect(plan.resources['app']).toMatchObject({
      type: 'sqlite',
      options: { path: 'app.db' },
      hosts: [],
      enabled: true,
      compression: { type: 'zstd', level: 3 },
      hooks: { before: [], after: [], onFailure: [] },
      limits: { timeoutMs: 86_400_000, idleTimeoutMs: 1_800_000, retries: 2 },
      source: { maxDrop: 0.5, allowEmpty: false },
      objectives: {},
      monitor: {},
    });
  });

  it('has absolute paths for what lies beside it', async () => {
    const plan = await loadValid(`${PLAN}secrets: { t: { file: token } }\n`);
    expect(plan.file).toBe(join(plan.directory, 'backup-plan.yaml'));
    expect(plan.encryption['ops']?.recipients).toEqual([
      join(plan.directory, 'keys/ops.asc'),
      join(plan.directory, 'keys/escrow.asc'),
    ]);
    expect(plan.signing.keys['ci']).toMatchObject({
      name: 'ci',
      key: join(plan.directory, 'keys/ci.asc'),
      may: ['write', 'apply', 'prune'],
    });
    expect(plan.secrets['t']).toEqual({ file: join(plan.directory, 'token') });
    expect(plan.signing.use).toEqual({ env: 'SIGNING_KEY' });
  });

  it('has durations in milliseconds, sizes in bytes and shares between 0 and 1', async () => {
    const plan = await loadValid(`${HEAD}resources:
  app:
    type: sqlite
    path: app.db
    host: db-1
    limits: { timeout: 90m, idleTimeout: 30s, maxSize: 2GiB, nice: 10, retries: 0 }
    source: { minSize: 1KB, maxDrop: 25%, minFiles: 3, allowEmpty: true }
    objectives: { rpo: 2d, rto: 1h }
    monitor: { maxAge: 26h, minSize: 1MiB }
    compression: { type: none }
    labels: { team: data }
`);
    expect(plan.resources['app']).toMatchObject({
      hosts: ['db-1'],
      limits: {
        timeoutMs: 5_400_000,
        idleTimeoutMs: 30_000,
        maxSizeBytes: 2 * 1024 ** 3,
        nice: 10,
        retries: 0,
      },
      source: { minSizeBytes: 1000, maxDrop: 0.25, minFiles: 3, allowEmpty: true },
      objectives: { rpoMs: 172_800_000, rtoMs: 3_600_000 },
      monitor: { maxAgeMs: 93_600_000, minSizeBytes: 1024 ** 2 },
      compression: { type: 'none' },
      labels: { team: 'data' },
    });
  });

  it('leaves out notes everywhere', async () => {
    const plan = await loadValid(
      `x-top: 1\n${HEAD}resources:\n  x-template: { a: b }\n  app: { type: sqlite, path: a.db, x-owner: me }\n`,
    );
    expect(Object.keys(plan.resources)).toEqual(['app']);
    expect(plan.resources['app']?.options).toEqual({ path: 'a.db' });
    expect(JSON.stringify(plan.document)).not.toContain('x-');
  });
});

describe('schedules, retention and targets', () => {
  const withTree = (lines: string): Promise<Awaited<ReturnType<typeof loadValid>>> =>
    loadValid(`${HEAD.replace('local: {', 'second: { type: filesystem, path: /b, offsite: true, site: fra1, media: disk }\n  local: {')}state: local
resources:
  app:
    type: files
    paths: [/srv/app]
${lines}`);

  it('a schedule without modes is for the first mode of the type', async () => {
    const { schedules } = (await withTree('')).resources['app']!;
    expect(schedules).toEqual([
      {
        mode: 'full',
        schedule: {
          name: 'nightly',
          cron: '0 2 * * *',
          timezone: 'UTC',
          jitterMs: 300_000,
          onMissed: 'run',
          onlyChanges: false,
        },
      },
    ]);
  });

  it('each mode may have its own', async () => {
    const { schedules, retention, targets } = (
      await withTree(`    schedule:
      full: { cron: "0 1 * * 0", onMissed: skip, retention: { keep: { weekly: 9 }, minimum: 2 }, targets: [second] }
      incremental: nightly
      differential: "30 4 * * *"
`)
    ).resources['app']!;
    expect(schedules.map(({ mode, schedule: { cron, name } }) => [mode, cron, name])).toEqual([
      ['full', '0 1 * * 0', undefined],
      ['incremental', '0 2 * * *', 'nightly'],
      ['differential', '30 4 * * *', undefined],
    ]);
    expect(retention.full).toEqual({
      keep: { weekly: 9 },
      minimum: 2,
      countOnly: 'good',
      graceMs: 0,
      maxDelete: 0.3,
    });
    expect(retention.incremental).toMatchObject({ name: 'standard', keep: { daily: 7 } });
    expect(targets).toMatchObject({ full: ['second'], incremental: ['local'], differential: ['local'] });
  });

  it('a default is replaced and never merged', async () => {
    const { retention, targets } = (
      await withTree('    retention: { keep: { last: 2 } }\n    targets: [second]\n')
    ).resources['app']!;
    expect(retention.full).toEqual({
      keep: { last: 2 },
      minimum: 1,
      countOnly: 'good',
      graceMs: 0,
      maxDelete: 0.3,
    });
    expect(targets.full).toEqual(['second']);
  });

  it('a target has the role that the plan gives it', async () => {
    const { targets } = await withTree('');
    expect(targets['second']).toEqual({
      name: 'second',
      type: 'filesystem',
      options: { path: '/b' },
      offsite: true,
      site: 'fra1',
      media: 'disk',
      prune: 'apply',
      limits: USUAL_TARGET_LIMITS,
    });
    expect(targets['local']).toEqual({
      name: 'local',
      type: 'filesystem',
      options: { path: '/backups' },
      offsite: false,
      prune: 'apply',
      limits: USUAL_TARGET_LIMITS,
    });
  });

  it('limits are in bytes and milliseconds', async () => {
    const { targets, resources } = await loadValid(
      HEAD.replace(
        'local: {',
        'second: { type: filesystem, path: /b, limits: { bandwidth: 2MiB/s, concurrency: 7, idleTimeout: 5m } }\n  local: {',
      ) + 'state: local\nresources:\n  app: { type: sqlite, path: a.db, limits: { bandwidth: 500KB/s } }\n',
    );
    expect(targets['second']?.limits).toEqual({
      bandwidth: 2 * 1024 * 1024,
      concurrency: 7,
      idleTimeoutMs: 300_000,
    });
    expect(resources['app']?.limits.bandwidth).toBe(500_000);
  });

  it('labels and within are in milliseconds', async () => {
    const { retention } = (
      await withTree('    retention: { keep: { within: 2d, labels: { "deploy-*": 90d } } }\n')
    ).resources['app']!;
    expect(retention.full?.keep).toEqual({ withinMs: 172_800_000, labels: { 'deploy-*': 7_776_000_000 } });
  });
});

describe('groups, notifications and signers', () => {
  it('are taken over', async () => {
    const plan =
      await loadValid(`${PLAN.replace('may: [write, apply, prune]', 'may: [write, apply, prune], until: 2031-05-06')}groups:
  web: { members: [app], hooks: { before: [[sync]] } }
notifications:
  ops: { type: webhook, url: "https://hooks.example.com/x", on: [failure] }
  all: { type: webhook, url: "https://hooks.example.com/y" }
`);
    expect(plan.groups['web']).toEqual({
      name: 'web',
      members: ['app'],
      hooks: { before: [['sync']], after: [], onFailure: [] },
    });
    expect(plan.notifications['ops']).toEqual({
      name: 'ops',
      type: 'webhook',
      options: { url: 'https://hooks.example.com/x' },
      on: ['failure'],
    });
    expect(plan.notifications['all']?.on).toEqual(['failure', 'success', 'recovery']);
    expect(plan.signing.keys['ci']?.untilMs).toBe(Date.UTC(2031, 4, 6));
  });
});

describe('the digest', () => {
  const digest = async (plan: string, files?: Record<string, string>): Promise<string> =>
    (await loadValid(plan, files === undefined ? {} : { files })).digest;

  it('does not change with comments, order, quotes, notes or the way files are cut', async () => {
    const { digest: wanted } = await loadValid(PLAN);
    expect(wanted).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await digest(`# comment\nx-note: 1\n${PLAN}`)).toBe(wanted);
    expect(
      await digest(PLAN.replace('{ type: sqlite, path: app.db }', '\n    path: "app.db"\n    type: sqlite')),
    ).toBe(wanted);
    expect(
      await digest(`${HEAD}include: [r.yaml]\n`, {
        'r.yaml': 'resources:\n  app: { type: sqlite, path: app.db }\n',
      }),
    ).toBe(wanted);
    expect(
      await digest(
        PLAN.replace('targets: [local] }', '}').replace('path: app.db', 'path: app.db, targets: [local]'),
      ),
    ).toBe(wanted);
  });

  it.each([
    ['path: app.db', 'path: other.db'],
    ['daily: 7', 'daily: 8'],
    ['name: demo', 'name: demo2'],
    ['jitter: 5m', 'jitter: 6m'],
  ])('changes with %s', async (from, to) => {
    expect(await digest(PLAN.replace(from, to))).not.toBe(await digest(PLAN));
  });
});

describe('two included files', () => {
  it('are joined map by map', async () => {
    const { plan } = await load(`${HEAD}include: [a.yaml, sub/b.yaml]\n`, {
      files: {
        'a.yaml': 'version: 1\nresources:\n  one: { type: sqlite, path: 1.db }\nsecrets: { a: { env: A } }\n',
        'sub/b.yaml': 'include: [sub/c.yaml]\nresources:\n  two: { type: sqlite, path: 2.db }\n',
        'sub/c.yaml': 'resources:\n  three: { type: sqlite, path: 3.db }\n',
      },
    });
    expect(Object.keys(plan?.resources ?? {}).sort()).toEqual(['one', 'three', 'two']);
    expect(plan?.secrets).toEqual({ a: { env: 'A' } });
  });
});
