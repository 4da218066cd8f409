import { expect, test } from 'vitest';

import { createRunView } from '../../src/views/run/create-run-view.ts';
import { play, SAMPLE, type Script } from './sample-run.ts';

test('human without a terminal is plain', async () => {
  const [human, plain] = await Promise.all([
    play(SAMPLE, (io) => createRunView('human', io)),
    play(SAMPLE, (io) => createRunView('plain', io)),
  ]);
  expect(human).toEqual(plain);
  expect(human.stderr).toContain('3 steps succeeded');
});

test('json stays json on a terminal', async () => {
  const { stdout, stderr } = await play(SAMPLE, (io) => createRunView('json', io), { isTTY: true });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\{"format":"backup-plan\/events@1\.0"/);
});

test('what is said before a run, or without one, is not lost', async () => {
  const early: Script = [{ type: 'note', level: 'warning', message: 'target offsite is slow' }];
  const alone = await play(early, (io) => createRunView('human', io), { isTTY: true });
  expect(alone.stderr).toBe('warning  target offsite is slow\n');
  const before = await play([...early, ...SAMPLE], (io) => createRunView('human', io), {
    isTTY: true,
    rows: 2,
  });
  expect(before.stderr).toMatch(/^warning {2}target offsite is slow\nacme-prod: 5 steps/);
});

test('a live display that is closed before the run has ended frees the terminal', async () => {
  const broken = SAMPLE.slice(0, 10);
  const { stderr } = await play(broken, (io) => createRunView('human', io), { isTTY: true });
  expect(stderr.indexOf('\u001b[?25l')).toBe(0);
  expect(stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr.lastIndexOf('uploads  capture'));
  expect(stderr).toContain('warning  capture uploads');
});

test('closing a live display twice says everything once', async () => {
  const { stderr } = await play(
    SAMPLE,
    (io) => {
      const view = createRunView('human', io);
      return { ...view, close: () => view.close().then(() => view.close()) };
    },
    { isTTY: true },
  );
  expect(stderr.match(/hint: Free space/g)).toHaveLength(1);
  expect(stderr.match(/3 steps succeeded/g)).toHaveLength(1);
});
