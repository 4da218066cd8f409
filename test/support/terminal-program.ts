import { once } from 'node:events';

import { systemTimers } from '../../src/platform/timers.ts';
import { createRunView } from '../../src/views/run/create-run-view.ts';
import { SAMPLE } from '../views/sample-run.ts';

/** Plays the sample on a real terminal: halts before the given event until a line comes on stdin. */
const haltBefore = Number(process.argv[2]);
const [colour, unicode] = [process.argv.includes('--colour'), !process.argv.includes('--ascii')];

const begun = performance.now();
let skippedMs = 0;
const view = createRunView('human', {
  stdout: process.stdout,
  stderr: process.stderr,
  isTTY: process.stderr.isTTY,
  colour,
  unicode,
  columns: process.stderr.columns,
  rows: process.stderr.rows,
  clock: { nowMs: () => skippedMs, monotonicMs: () => performance.now() - begun + skippedMs },
  timers: systemTimers,
});
process.on('SIGINT', () => process.stdout.write('interrupt received\n'));
for (const [position, item] of SAMPLE.entries()) {
  if (position === haltBefore) await once(process.stdin.setEncoding('utf8'), 'data');
  if (typeof item === 'number') skippedMs += item;
  else view.onEvent(item);
}
await view.close();
process.stdin.destroy();
process.stdout.write('the end\n');
