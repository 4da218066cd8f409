import { expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/events.ts';
import { failure } from '../../src/domain/failure.ts';
import { createRows, type Rows } from '../../src/views/run/rows.ts';
import { createStyle } from '../../src/views/style.ts';
import { manualTime, type ManualTime } from '../support/manual-time.ts';
import { finished, SAMPLE, started, STEPS } from './sample-run.ts';

interface Stage {
  readonly rows: Rows;
  readonly time: ManualTime;
  readonly text: (subject: string) => string;
}

function stage(steps = Object.values(STEPS)): Stage {
  const time = manualTime();
  const rows = createRows(steps, time.clock, createStyle({ colour: false, unicode: true }));
  return { rows, time, text: (subject) => rows.all.find((row) => row.subject === subject)?.text ?? '' };
}

const DONE = { state: 'succeeded', summary: 'done', warnings: [] } as const;

test('one row for each resource, in the order of the graph', () => {
  const { rows } = stage();
  expect(rows.all.map(({ text, state }) => [text, state])).toEqual([
    ['calls    waiting', 'waiting'],
    ['uploads  waiting', 'waiting'],
  ]);
});

test('a running row shows bytes, rate and time left', () => {
  const { rows, time, text } = stage();
  rows.note(started(STEPS.uploads));
  expect(text('uploads')).toBe('uploads  capture (full)');
  time.advance(2_000);
  rows.note({ type: 'step-progress', step: STEPS.uploads, bytes: 50 * 2 ** 20 });
  expect(text('uploads')).toBe('uploads  capture (full) 50 MiB, 25 MiB/s');
  rows.note({ type: 'step-progress', step: STEPS.uploads, bytes: 50 * 2 ** 20, totalBytes: 200 * 2 ** 20 });
  expect(text('uploads')).toBe('uploads  capture (full) 50 MiB of 200 MiB, 25 MiB/s, 6.0 s left');
});

test('a row that waits to try again says for how long', () => {
  const { rows, text } = stage();
  rows.note(started(STEPS.ship));
  rows.note({
    type: 'step-retrying',
    step: STEPS.ship,
    attempt: 1,
    delayMs: 2_100,
    failure: failure('TARGET_IO', 'x'),
  });
  expect(text('calls')).toBe('calls    ship → offsite retry in 2.1 s');
  rows.note(started(STEPS.ship, 2));
  expect(text('calls')).toBe('calls    ship → offsite');
});

test('a row waits between its steps and ends with the summary of its capture', () => {
  const { rows, time, text } = stage([STEPS.freeze, STEPS.capture, STEPS.commit]);
  rows.note(started(STEPS.freeze));
  rows.note(finished(STEPS.freeze, DONE, 1));
  expect(text('calls')).toBe('calls  waiting');
  rows.note(started(STEPS.capture));
  time.advance(3_200);
  rows.note(
    finished(STEPS.capture, { state: 'succeeded', summary: '412 files', warnings: ['a', 'b'] }, 3_200),
  );
  rows.note(started(STEPS.commit));
  expect(text('calls')).toBe('calls  commit → offsite, 2 warnings');
  const row = rows.note(finished(STEPS.commit, DONE, 1));
  expect(row).toMatchObject({ state: 'succeeded', text: 'calls  412 files (3.2 s), 2 warnings' });
});

test('the first failure of a row counts, the steps that follow from it do not', () => {
  const { rows, text } = stage([STEPS.capture, STEPS.ship]);
  rows.note(started(STEPS.capture));
  rows.note(finished(STEPS.capture, { state: 'failed', failure: failure('SOURCE_FAILED', 'x') }, 1));
  expect(text('calls')).toBe('calls  capture (full) failed: SOURCE_FAILED');
  const row = rows.note(
    finished(STEPS.ship, { state: 'skipped', reason: 'needs capture calls, which failed' }, 0),
  );
  expect(row).toMatchObject({ state: 'failed', text: 'calls  capture (full) failed: SOURCE_FAILED (0 ms)' });
});

test('of several failures of a row the first is shown', () => {
  const { rows, text } = stage([STEPS.ship, STEPS.capture]);
  for (const [step, code] of [
    [STEPS.ship, 'TARGET_FULL'],
    [STEPS.capture, 'SOURCE_FAILED'],
  ] as const) {
    rows.note(started(step));
    rows.note(finished(step, { state: 'failed', failure: failure(code, 'x') }, 1));
  }
  expect(text('calls')).toContain('ship → offsite failed: TARGET_FULL');
});

test('a row that never ran says why', () => {
  const { rows } = stage([STEPS.uploads]);
  const row = rows.note(finished(STEPS.uploads, { state: 'skipped', reason: 'interrupted by SIGINT' }, 0));
  expect(row).toMatchObject({ state: 'skipped', text: 'uploads  skipped: interrupted by SIGINT' });
});

test('names are escaped and do not widen the column beyond reason', () => {
  const { rows } = stage([
    { ...STEPS.capture, subject: 'a\u001b[2J' },
    { ...STEPS.uploads, subject: 'x'.repeat(60) },
  ]);
  expect(rows.all.map(({ text }) => text)).toEqual([
    `${'a\\e[2J'.padEnd(30)}  waiting`,
    `${'x'.repeat(60)}  waiting`,
  ]);
});

test('every row of the sample run ends', () => {
  const { rows } = stage();
  for (const event of SAMPLE.filter((item): item is RunEvent => typeof item === 'object')) rows.note(event);
  expect(rows.all.map(({ state }) => state)).toEqual(['failed', 'succeeded']);
});
