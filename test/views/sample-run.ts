import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import type { RunEvent } from '../../src/domain/events.ts';
import { failure } from '../../src/domain/failure.ts';
import type { BackupTask, Step, StepAction } from '../../src/domain/run-graph.ts';
import type { RunView, RunViewIo } from '../../src/views/run/run-view.ts';
import { manualTime, type ManualTime } from '../support/manual-time.ts';

export interface Recorded {
  readonly stdout: string;
  readonly stderr: string;
}

/** What happens in the sample, in order: an event, or milliseconds that pass. */
export type Script = readonly (RunEvent | number)[];

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Plays a script to a view and returns what it wrote. */
export async function play(
  script: Script,
  createView: (io: RunViewIo) => RunView,
  options: Partial<RunViewIo> = {},
): Promise<Recorded> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const written = Promise.all([text(stdout), text(stderr)]);
  const time = manualTime(START_MS);
  const view = createView({ ...viewIo(time), stdout, stderr, ...options });
  for (const item of script) {
    if (typeof item === 'number') time.advance(item);
    else view.onEvent(item);
  }
  await view.close();
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { stdout: out, stderr: err };
}

export function viewIo(time: ManualTime): Omit<RunViewIo, 'stdout' | 'stderr'> {
  return { isTTY: false, colour: false, unicode: true, columns: 80, clock: time.clock, timers: time.timers };
}

const CALLS = task('calls');
const UPLOADS = task('uploads');
export const STEPS = {
  freeze: step(
    'before hooks of calls',
    { kind: 'hook', owner: 'calls', moment: 'before', argv: [] },
    'calls',
  ),
  capture: step('capture calls', { kind: 'capture', task: CALLS }, 'calls'),
  ship: step('ship calls → offsite', { kind: 'ship', task: CALLS, target: 'offsite' }, 'calls'),
  commit: step('commit calls → offsite', { kind: 'commit', task: CALLS, target: 'offsite' }, 'calls'),
  uploads: step('capture uploads', { kind: 'capture', task: UPLOADS }, 'uploads'),
};

/** A run in which calls is captured and cannot be shipped, and uploads succeeds with a warning. */
export const SAMPLE: Script = [
  { type: 'run-started', runId: 'run-1', plan: 'acme-prod', atMs: START_MS, steps: Object.values(STEPS) },
  started(STEPS.freeze),
  40,
  finished(STEPS.freeze, { state: 'succeeded', summary: '2 commands', warnings: [] }, 40),
  started(STEPS.capture),
  started(STEPS.uploads),
  { type: 'step-progress', step: STEPS.uploads, bytes: 0, totalBytes: 1_073_741_824 },
  500,
  { type: 'step-progress', step: STEPS.uploads, bytes: 4_194_304, totalBytes: 1_073_741_824 },
  {
    type: 'step-warning',
    step: STEPS.uploads,
    message: 'file changed while it was read: /srv/up/\u001b[31ma\u202etxt',
  },
  2_700,
  finished(
    STEPS.capture,
    { state: 'succeeded', summary: '412 files, 3.1 MiB', warnings: ['socket skipped: /srv/s'] },
    3_200,
  ),
  started(STEPS.ship),
  300,
  {
    type: 'step-retrying',
    step: STEPS.ship,
    attempt: 1,
    delayMs: 2_100,
    failure: failure('TARGET_UNREACHABLE', 'no route to backup.example'),
  },
  2_100,
  started(STEPS.ship, 2),
  24_460,
  { type: 'step-progress', step: STEPS.uploads, bytes: 134_217_728, totalBytes: 1_073_741_824 },
  1_000,
  finished(
    STEPS.ship,
    {
      state: 'failed',
      failure: failure('TARGET_FULL', 'no space left on /mnt/offsite', {
        toolOutput: 'rclone: \u001b[2Jdisk\tfull\n  at line 2\n',
        facts: { freeBytes: 0 },
      }),
    },
    27_860,
  ),
  finished(STEPS.commit, { state: 'skipped', reason: 'needs ship calls → offsite, which failed' }, 0),
  { type: 'note', level: 'warning', message: 'key ops expires in 12 days' },
  29_900,
  finished(STEPS.uploads, { state: 'succeeded', summary: '9,120 files, 1.0 GiB', warnings: [] }, 60_960),
  { type: 'note', level: 'info', message: 'run event written to offsite' },
  {
    type: 'run-finished',
    runId: 'run-1',
    outcome: {
      succeeded: 3,
      failed: 1,
      skipped: 1,
      durationMs: 61_000,
      failures: [{ step: STEPS.ship.id, failure: failure('TARGET_FULL', 'no space left on /mnt/offsite') }],
    },
  },
];

export function started(of: Step, attempt = 1): RunEvent {
  return { type: 'step-started', step: of, attempt, atMs: START_MS };
}

export function finished(
  of: Step,
  result: Extract<RunEvent, { type: 'step-finished' }>['result'],
  durationMs: number,
): RunEvent {
  return { type: 'step-finished', step: of, result, durationMs, atMs: START_MS + durationMs };
}

export function step(id: string, action: StepAction, subject: string): Step {
  return { id, action, needs: [], lane: { kind: 'host' }, retries: 1, subject };
}

export function task(resource: string): BackupTask {
  return { snapshotId: `${resource}-1`, resource, mode: 'full', targets: ['offsite'] };
}
