import { expect, test } from 'vitest';

import { createPlainView } from '../../src/views/run/plain.ts';
import { play, SAMPLE, started, STEPS, type Script } from './sample-run.ts';

test('a run as plain lines on stderr', async () => {
  const { stdout, stderr } = await play(SAMPLE, createPlainView);
  expect(stdout).toBe('');
  await expect(stderr).toMatchFileSnapshot('golden/plain.txt');
});

test('without Unicode only ASCII symbols are used', async () => {
  const { stderr } = await play(SAMPLE, createPlainView, { unicode: false });
  // eslint-disable-next-line no-control-regex -- the whole ASCII range is meant
  expect(stderr).toMatch(/^[\u0000-\u007f]*$/);
  expect(stderr).toContain('ship calls -> offsite');
});

test('colour adds to the words and replaces none', async () => {
  const [coloured, bare] = await Promise.all([
    play(SAMPLE, createPlainView, { colour: true }),
    play(SAMPLE, createPlainView),
  ]);
  expect(coloured.stderr).toContain('\u001b[31mfailed \u001b[39m');
  // eslint-disable-next-line no-control-regex -- colour sequences are what is removed
  expect(coloured.stderr.replace(/\u001b\[\d+m/g, '')).toBe(bare.stderr);
});

const RUN_STARTED = SAMPLE[0] as Script[number];

test('a heartbeat every 30 s names five running steps and counts the rest', async () => {
  const many = Array.from({ length: 7 }, (_, n) => started({ ...STEPS.capture, id: `capture r${n}` }));
  const { stderr } = await play([RUN_STARTED, ...many, 30_000, 29_999, 1], createPlainView);
  const beats = stderr.split('\n').filter((line) => line.startsWith('running'));
  expect(beats).toEqual([
    'running  capture r0 (30.0 s); capture r1 (30.0 s); capture r2 (30.0 s); capture r3 (30.0 s); capture r4 (30.0 s); 2 more',
    'running  capture r0 (1m); capture r1 (1m); capture r2 (1m); capture r3 (1m); capture r4 (1m); 2 more',
  ]);
});

test('no heartbeat while nothing runs, nor after the end', async () => {
  const { stderr } = await play(
    [RUN_STARTED, 120_000, SAMPLE.at(-1) as Script[number], started(STEPS.capture), 120_000],
    createPlainView,
  );
  expect(stderr).not.toContain('running');
});
