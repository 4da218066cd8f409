import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { validateCron } from '../../src/schedule/cron.ts';
import { renderCron } from '../../src/schedule/render/cron.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { planWith, schedule } from './plans.ts';

function crontab(...parameters: Parameters<typeof renderCron>): string {
  return valueOf(renderCron(...parameters)).files[0]!.content;
}

function entries(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^[\d*]/.test(line));
}

const berlin = { timezone: 'Europe/Berlin' };

describe('a crontab', () => {
  test('reads as a whole', () => {
    const { files, notes } = valueOf(
      renderCron(planWith([schedule('0 2 * * *'), schedule('30 3 * * 0')]), 'UTC'),
    );
    expect(notes).toEqual([]);
    expect(files).toEqual([
      {
        name: 'backup-plan-shop.crontab',
        content: [
          '# Backups of plan shop. Times are those of UTC, the zone of this machine.',
          'CRON_TZ=UTC',
          '0 2 * * * /usr/bin/env backup-plan apply --plan /etc/shop/backup-plan.yaml',
          '30 3 * * 0 /usr/bin/env backup-plan apply --plan /etc/shop/backup-plan.yaml',
          '',
        ].join('\n'),
      },
    ]);
  });

  test.each([
    ['0 2 * * *', {}, 'Europe/Berlin', ['0 3,4 * * *']],
    ['0 2 * * *', berlin, 'UTC', ['0 0,1 * * *']],
    ['0 2 * * *', berlin, 'Europe/Berlin', ['0 2 * * *']],
    ['0 2 * * *', berlin, 'Europe/London', ['0 1 * * *']],
    ['0 2 */10 * 1', {}, 'UTC', ['0 2 1,11,21,31 * 1']],
    ['*/20 * * * *', {}, 'Asia/Kolkata', ['10,30,50 * * * *']],
  ])('has %s %j on a machine in %s', (cron, zone, machine, expected) => {
    const times = entries(crontab(planWith([schedule(cron, zone)]), machine)).map((line) =>
      line.split(' ').slice(0, 5).join(' '),
    );
    expect(times).toEqual(expected);
    for (const time of times) expect(validateCron(time, machine)).toBeUndefined();
  });

  test('says what cron cannot do', () => {
    const { notes } = valueOf(
      renderCron(planWith([schedule('0 2 * * *', { ...berlin, jitterMs: 60_000 })]), 'UTC'),
    );
    expect(notes).toEqual([
      expect.stringContaining('Europe/Berlin changes its clock'),
      expect.stringContaining('no jitter'),
    ]);
  });

  test('never approves a change by itself', () => {
    expect(crontab(planWith([schedule('0 2 * * *')]), 'UTC')).not.toMatch(/--yes|--expect/);
  });

  test('hands a hostile path to the program as one argument', () => {
    const folder = mkdtempSync(join(tmpdir(), 'backup-plan-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, 'show arguments');
    writeFileSync(script, '#!/bin/sh\nprintf "<%s>" "$@"\n', { mode: 0o755 });
    const planFile = `/srv/it's 100% $(id) \`id\` "q";&.yaml`;
    const [line = ''] = entries(
      crontab(planWith([schedule('0 2 * * *')], { program: [script], planFile }), 'UTC'),
    );
    // What cron does to a line before the shell gets it.
    const command = line.split(' ').slice(5).join(' ').replaceAll('\\%', '%');
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(
      `<apply><--plan><${planFile}>`,
    );
    expect(line).not.toMatch(/(?<!\\)%/);
  });

  test('cannot hold a newline, nor a plan without schedules', () => {
    const plan = planWith([schedule('0 2 * * *')], { planFile: '/srv/a\nb.yaml' });
    expect(failureIn(renderCron(plan, 'UTC')).message).toContain('newline');
    expect(failureIn(renderCron(planWith([]), 'UTC')).code).toBe('NOT_FOUND');
  });
});
