import { describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/domain/status.ts';
import { listDocument } from '../../src/views/list/json.ts';
import { planDocument } from '../../src/views/plan/json.ts';
import { showDocument } from '../../src/views/show/json.ts';
import { statusDocument } from '../../src/views/status/json.ts';
import { nagiosResult } from '../../src/views/status/nagios.ts';
import { prometheusText } from '../../src/views/status/prometheus.ts';
import { healthy, listReport, planReport, showReport, statusReport } from './reports.ts';

describe('documents', () => {
  it.each([
    ['plan', planDocument(planReport)],
    ['list', listDocument(listReport)],
    ['show', showDocument(showReport)],
    ['status', statusDocument(statusReport)],
  ])('of %s', async (name, document) => {
    await expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${name}.json`);
  });

  it('show times as ISO 8601 and never as numbers', () => {
    for (const document of [
      planDocument(planReport),
      listDocument(listReport),
      showDocument(showReport),
      statusDocument(statusReport),
    ]) {
      expect(JSON.stringify(document)).not.toMatch(/"(at|[a-z]+At)":\d/);
      expect(JSON.stringify(document)).not.toMatch(
        /"(atMs|nextMs|slotMs|consistentAtMs|committedMs|nextExpectedByMs)"/,
      );
    }
  });
});

describe('prometheus', () => {
  const text = prometheusText([statusReport, { ...healthy, plan: 'we"ird\\' }]);

  it('looks as it did', async () => {
    await expect(text).toMatchFileSnapshot('golden/status.prom');
  });

  it('obeys the exposition format', () => {
    const seen = new Set<string>();
    for (const line of text.trimEnd().split('\n')) {
      if (line.startsWith('#')) {
        expect(line).toMatch(/^# (HELP|TYPE) backup_plan_[a-z_]+ \S/);
        expect(seen.has(line), 'each metric is declared once').toBe(false);
        seen.add(line);
      } else {
        expect(line).toMatch(/^backup_plan_[a-z_]+\{([a-z]+="([^"\\\n]|\\["\\n])*",?)*\} -?[\d.e+]+$/);
      }
    }
    expect(text.endsWith('\n')).toBe(true);
  });

  it('leaves out what was not measured, and disabled resources', () => {
    expect(text).not.toContain('undefined');
    expect(text).not.toContain('resource="old"');
    expect(text).toContain('backup_plan_resource_overdue_seconds{plan="acme",resource="uploads"} 0\n');
  });
});

describe('nagios', () => {
  const findingsOf = (...severities: ('warning' | 'critical')[]): StatusReport['findings'] =>
    severities.map((severity, index) => ({
      check: 'freshness',
      severity,
      subject: { kind: 'resource', name: `r${String(index)}` },
      message: 'is late',
    }));

  it('shows the worst first, then the ages', () => {
    expect(nagiosResult([statusReport])).toEqual({
      exitCode: 2,
      line:
        'BACKUP CRITICAL - acme/uploads: has no good restore point; acme/calls: newest restore point is missing on offsite; ' +
        "acme/keys/ops.asc: expires in 20 days, on 2026-12-11 (30-day notice) | 'acme/calls'=3600s;;86400",
    });
  });

  it('is OK when all is well, for several plans too', () => {
    expect(nagiosResult([healthy, { ...healthy, plan: 'other' }])).toMatchObject({
      exitCode: 0,
      line: expect.stringMatching(/^BACKUP OK - 2 resources as planned \| /) as unknown,
    });
  });

  it('warns, and does not know what it could not read', () => {
    expect(nagiosResult([{ ...healthy, findings: findingsOf('warning'), exitCode: 6 }]).exitCode).toBe(1);
    const unread: StatusReport['findings'] = [
      {
        check: 'catalog',
        severity: 'critical',
        subject: { kind: 'target', name: 'offsite' },
        message: 'is not mounted',
      },
    ];
    expect(nagiosResult([{ ...healthy, findings: unread, exitCode: 9 }])).toMatchObject({
      exitCode: 3,
      line: expect.stringMatching(/^BACKUP UNKNOWN - /) as unknown,
    });
    expect(
      nagiosResult([{ ...healthy, findings: [...findingsOf('critical'), ...unread], exitCode: 6 }]).exitCode,
    ).toBe(2);
  });

  it('stays one line that no message can break', () => {
    const message = 'a|b\nc';
    const { line } = nagiosResult([
      {
        ...healthy,
        resources: [],
        findings: findingsOf('critical').map((one) => ({ ...one, message })),
      },
    ]);
    expect(line).toBe('BACKUP CRITICAL - acme/r0: a/b\\nc');
  });

  it('counts what it does not show', () => {
    const { line } = nagiosResult([
      {
        ...healthy,
        findings: findingsOf(...Array.from({ length: 9 }, () => 'warning' as const)),
      },
    ]);
    expect(line).toContain('; 4 more | ');
  });
});
