import { expect, it } from 'vitest';
import type { IdleResource } from '../../src/domain/due.ts';
import type { RunReport } from '../../src/domain/run-report.ts';
import { convergeLines } from '../../src/views/converge/human.ts';
import { plain } from './reports.ts';

const report: RunReport = {
  state: 'nothing-due',
  plan: 'acme',
  digest: 'sha256:00',
  runId: 'r',
  due: [],
  idle: [],
  steps: 0,
  resources: [],
  missing: [],
  copies: [],
  snapshotsRead: 12,
  appliedSerial: 42,
  notes: [],
  exitCode: 0,
};
const idle = (resource: string, rest: Partial<IdleResource> = {}): IdleResource => ({
  resource,
  reason: 'within-schedule',
  ...rest,
});

it.each([
  ['all is well', [idle('calls')], 'every resource within its schedule.'],
  [
    'copies did not get everywhere',
    [idle('calls', { missing: ['offsite', 'cloud'] }), idle('mail', { missing: ['cloud'] })],
    'every resource within its schedule; no whole copy of the newest of calls on offsite, cloud; mail on cloud.',
  ],
])('an apply with nothing to do is one line, also when %s', (_, resources, expected) => {
  expect(convergeLines({ ...report, idle: resources }, plain)).toEqual([
    `acme · applied #42 · nothing to do: 12 snapshots, ${expected}`,
  ]);
});
