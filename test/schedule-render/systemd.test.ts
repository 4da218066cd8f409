import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { renderSystemd } from '../../src/schedule/render/systemd.ts';
import type { ScheduledPlan } from '../../src/schedule/render/scheduled-plan.ts';
import { ticksBetween } from '../../src/schedule/ticks.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { NOW_MS, planWith, schedule } from './plans.ts';

const berlin = { timezone: 'Europe/Berlin' };

function unit(plan: ScheduledPlan, kind: 'service' | 'timer'): string {
  return valueOf(renderSystemd(plan)).files.find(({ name }) => name.endsWith(kind))!.content;
}

function calendars(plan: ScheduledPlan): readonly string[] {
  return unit(plan, 'timer')
    .split('\n')
    .flatMap((line) => /^OnCalendar=(.*)/.exec(line)?.[1] ?? []);
}

describe('the units', () => {
  test('read as a whole', () => {
    const plan = planWith([schedule('0 2 * * *', { jitterMs: 300_000 }), schedule('30 3 * * 0')], {
      user: 'backup',
    });
    const { files, notes } = valueOf(renderSystemd(plan));
    expect(files.map(({ name }) => name)).toEqual(['backup-plan-shop.service', 'backup-plan-shop.timer']);
    expect(notes).toEqual([]);
    expect(files[0]?.content).toMatchInlineSnapshot(`
      "[Unit]
      Description=Backups of plan shop
      Wants=network-online.target
      After=network-online.target

      [Service]
      Type=oneshot
      ExecStart=/usr/bin/env backup-plan apply --plan /etc/shop/backup-plan.yaml
      User=backup
      EnvironmentFile=-/etc/backup-plan/shop.env
      KillMode=mixed
      TimeoutStopSec=2min
      UMask=0077
      Nice=10
      IOSchedulingClass=best-effort
      IOSchedulingPriority=7
      LockPersonality=yes
      ProtectKernelLogs=yes
      ProtectKernelModules=yes
      RestrictRealtime=yes
      SystemCallArchitectures=native
      "
    `);
    expect(files[1]?.content).toMatchInlineSnapshot(`
      "[Unit]
      Description=Schedule of plan shop

      [Timer]
      OnCalendar=*-*-* 02:00:00 UTC
      OnCalendar=Sun *-*-* 03:30:00 UTC
      RandomizedDelaySec=300s
      Persistent=true

      [Install]
      WantedBy=timers.target
      "
    `);
  });

  test('never approve a change by themselves', () => {
    expect(unit(planWith([schedule('0 2 * * *')]), 'service')).not.toMatch(/--yes|--expect/);
  });

  test('of a plan without a schedule do not exist', () => {
    expect(failureIn(renderSystemd(planWith([]))).message).toBe('plan shop has no schedule to render');
  });

  test('quote what systemd would expand', () => {
    const service = unit(
      planWith([schedule('0 2 * * *')], { planFile: '/srv/a "b"/100%/$HOME\\x.yaml' }),
      'service',
    );
    expect(service).toContain(String.raw`--plan "/srv/a \"b\"/100%%/$$HOME\\x.yaml"`);
  });
});

describe('calendar lines', () => {
  test.each([
    ['0 2 * * *', {}, ['*-*-* 02:00:00 UTC']],
    ['*/15 * * * *', {}, ['*-*-* *:00,15,30,45:00 UTC']],
    ['* * * * *', {}, ['*-*-* *:*:00 UTC']],
    ['5 4 * JAN,jul FRI-SUN', {}, ['Sun,Fri,Sat *-01,07-* 04:05:00 UTC']],
    ['0 2 1 * 1', {}, ['*-*-01 02:00:00 UTC', 'Mon *-*-* 02:00:00 UTC']],
    ['0 2 * * 0-7', {}, ['*-*-* 02:00:00 UTC']],
    ['0 2 1-31 * 1', {}, ['*-*-* 02:00:00 UTC']],
    ['0 2 * * *', berlin, ['*-*-* 00,01:00:00 UTC']],
    ['30 0 * * 1', berlin, ['Sun *-*-* 22,23:30:00 UTC']],
    ['0 1 * * 1', berlin, ['Mon *-*-* 00:00:00 UTC', 'Sun *-*-* 23:00:00 UTC']],
    ['0 0 1 * *', berlin, ['*-*-* 22,23:00:00 UTC']],
    ['0 * * * *', berlin, ['*-*-* *:00:00 UTC']],
    ['0 2 * * *', { timezone: 'Asia/Kolkata' }, ['*-*-* 20:30:00 UTC']],
    ['0 23 * * 6', { timezone: 'America/New_York' }, ['Sun *-*-* 03,04:00:00 UTC']],
    ['0 2 * * *', { timezone: 'Australia/Lord_Howe' }, ['*-*-* 15:00,30:00 UTC']],
  ])('%s %j', (cron, zone, expected) => {
    expect([...calendars(planWith([schedule(cron, zone)]))].sort()).toEqual([...expected].sort());
  });

  test('are those of all schedules, without those that another one contains', () => {
    const plan = planWith([
      schedule('0 2 * * *'),
      schedule('0 2 * * 0'),
      schedule('0 2 * * *'),
      schedule('0 3 1 * *'),
    ]);
    expect(calendars(plan)).toEqual(['*-*-* 02:00:00 UTC', '*-*-01 03:00:00 UTC']);
  });

  test('come with a note where a zone changes its clock', () => {
    const { notes } = valueOf(
      renderSystemd(
        planWith([schedule('0 2 * * *', berlin), schedule('0 3 * * *', { timezone: 'Asia/Tokyo' })]),
      ),
    );
    expect(notes).toEqual([expect.stringMatching(/^Europe\/Berlin changes its clock/)]);
  });

  test('are delayed by the largest jitter', () => {
    const plan = planWith([
      schedule('0 2 * * *', { jitterMs: 1_500 }),
      schedule('0 3 * * *', { jitterMs: 90_000 }),
    ]);
    expect(unit(plan, 'timer')).toContain('\nRandomizedDelaySec=90s\n');
    expect(unit(planWith([schedule('0 2 * * *')]), 'timer')).not.toContain('RandomizedDelaySec');
  });
});

describe.skipIf(lacks('systemd-analyze'))('systemd itself', () => {
  test.each([
    ['a simple plan', planWith([schedule('0 2 * * *')])],
    [
      'every key',
      planWith([schedule('*/7 1-5 1,15 */3 MON', { ...berlin, jitterMs: 60_000 })], {
        user: 'root',
        planFile: '/srv/a "b"/50%/$x.yaml',
      }),
    ],
  ])('accepts the units of %s', (_name, plan) => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-plan-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { files } = valueOf(renderSystemd(plan));
    const paths = files.map(({ name, content }) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
      encoding: 'utf8',
    });
    expect(stderr.split('\n').filter((line) => line.includes('backup-plan'))).toEqual([]);
    expect(status).toBe(0);
  });

  test.each([
    '0 2 * * *',
    '*/25 3,4 * * *',
    '0 2 31 * *',
    '15 6 1 2,3 *',
    '0 0 * * 1-5',
    '59 23 * * SAT',
    '0 12 29 2 *',
  ])('fires at the ticks of %s', (cron) => {
    const [calendar = ''] = calendars(planWith([schedule(cron)]));
    const arguments_ = ['calendar', '--iterations=5', '--base-time=2026-11-21 12:00:00 UTC', calendar];
    const output = execFileSync('systemd-analyze', arguments_, {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    const elapses = [...output.matchAll(/(?:Next elapse|(?:Iteration|Iter\.) #\d+): \w+ (\S+) (\S+) UTC/g)];
    const fired = elapses.map(([, date = '', time = '']) => Date.parse(`${date}T${time}Z`));
    const horizonMs = NOW_MS + 40 * 366 * 86_400_000;
    expect(fired).toEqual([...take(5, ticksBetween({ cron, timezone: 'UTC' }, NOW_MS, horizonMs))]);
  });
});

function* take<T>(count: number, values: Iterable<T>): Generator<T> {
  let left = count;
  for (const value of values) {
    if (left === 0) return;
    left -= 1;
    yield value;
  }
}
