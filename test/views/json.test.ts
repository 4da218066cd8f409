import { expect, test } from 'vitest';

import { createJsonView } from '../../src/views/run/json.ts';
import { play, SAMPLE, started, STEPS, type Script } from './sample-run.ts';

test('a run as NDJSON on stdout', async () => {
  const { stdout, stderr } = await play(SAMPLE, createJsonView);
  expect(stderr).toBe('');
  await expect(stdout).toMatchFileSnapshot('golden/events.ndjson');
});

test('every line parses and has the format; the last one says how the run ended', async () => {
  const late: Script = [...SAMPLE, { type: 'note', level: 'warning', message: 'notification failed' }];
  const lines = parsed(await play(late, createJsonView));
  expect(lines.filter(({ format }) => format !== 'backup-plan/events@1.0')).toEqual([]);
  expect(lines[0]).toMatchObject({ type: 'run-started' });
  expect(lines.at(-1)).toMatchObject({
    type: 'run-finished',
    failed: 1,
    failures: [{ step: 'ship calls → offsite', failure: { bp: 'BP5002' } }],
  });
});

test('progress is reported at most once a second for each step', async () => {
  const progress = (bytes: number, step = STEPS.capture) => ({ type: 'step-progress', step, bytes }) as const;
  const lines = parsed(
    await play(
      [started(STEPS.capture), progress(1), 999, progress(2), progress(3, STEPS.uploads), 1, progress(4)],
      createJsonView,
    ),
  );
  expect(lines.filter(({ type }) => type === 'step-progress').map(({ bytes }) => bytes)).toEqual([1, 3, 4]);
});

test('a run that broke off has no end', async () => {
  const lines = parsed(await play(SAMPLE.slice(0, 4), createJsonView));
  expect(lines.map(({ type }) => type)).toEqual(['run-started', 'step-started', 'step-finished']);
});

test('no character reaches a terminal raw, and the value is unchanged', async () => {
  const { stdout } = await play(SAMPLE, createJsonView);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toContain('\u202e');
  const warning = parsed({ stdout }).find(({ type }) => type === 'step-warning');
  expect(warning?.['message']).toBe('file changed while it was read: /srv/up/\u001b[31ma\u202etxt');
});

test('closing twice writes one end', async () => {
  const written = await play(SAMPLE, (io) => {
    const view = createJsonView(io);
    return {
      ...view,
      close: async () => {
        await view.close();
        await view.close();
      },
    };
  });
  expect(parsed(written).filter(({ type }) => type === 'run-finished')).toHaveLength(1);
});

function parsed({ stdout }: { stdout: string }): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
