import type { RunEvent, RunOutcome } from '../../domain/events.ts';
import { failureLines } from '../failure/human.ts';
import { counted, humanDuration } from '../quantity.ts';
import { createStyle, type Paint, type Style } from '../style.ts';
import { createActivities, type Activities, type Activity } from './activity.ts';
import { flushed, type RunView, type RunViewIo } from './run-view.ts';

const HEARTBEAT_MS = 30_000;
/** Running steps that a heartbeat names. */
const HEARTBEAT_STEPS = 5;

/** One line per finished step and a heartbeat, on stderr: for logs, cron and CI. */
export function createPlainView(io: RunViewIo): RunView {
  const style = createStyle(io);
  const activities = createActivities(io.clock);
  let stopHeartbeat = (): void => undefined;
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) io.stderr.write(`${lines.join('\n')}\n`);
  };
  const beat = (): void => {
    stopHeartbeat = io.timers.after(HEARTBEAT_MS, () => {
      write(heartbeatLines(activities, style));
      beat();
    });
  };
  return {
    onEvent(event) {
      activities.note(event);
      if (event.type === 'run-started') beat();
      if (event.type === 'run-finished') stopHeartbeat();
      write(eventLines(event, style));
    },
    async close() {
      stopHeartbeat();
      await flushed(io.stderr);
    },
  };
}

/** `9 steps succeeded, 1 failed, 2 skipped in 12.0 s`. */
export function outcomeLine(outcome: RunOutcome, style: Style): string {
  const { succeeded, failed, skipped, durationMs, interrupted } = outcome;
  const parts = [
    `${counted(succeeded, 'step')} succeeded`,
    ...(failed > 0 ? [style.bad(`${failed} failed`)] : []),
    ...(skipped > 0 ? [style.caution(`${skipped} skipped`)] : []),
  ];
  const end = interrupted === undefined ? '' : style.caution(` (interrupted by ${interrupted})`);
  return `${parts.join(', ')} in ${humanDuration(durationMs)}${end}`;
}

function eventLines(event: RunEvent, style: Style): readonly string[] {
  switch (event.type) {
    case 'run-started':
      return [
        `${style.text(event.plan)}: ${counted(event.steps.length, 'step')}, run ${style.text(event.runId)}`,
      ];
    case 'step-started':
    case 'step-progress':
      return [];
    case 'step-warning':
      return [warningLine(event.step.id, event.message, style)];
    case 'step-retrying':
      return [line(style.caution, 'retry', `${style.text(event.step.id)}: ${retryText(event, style)}`)];
    case 'step-finished':
      return finishedLines(event, style);
    case 'note':
      return [
        line(
          event.level === 'warning' ? style.caution : style.faint,
          event.level === 'warning' ? 'warning' : 'note',
          style.text(event.message),
        ),
      ];
    case 'run-finished':
      return [outcomeLine(event.outcome, style)];
  }
}

function retryText(event: Extract<RunEvent, { type: 'step-retrying' }>, style: Style): string {
  const { attempt, delayMs, failure } = event;
  return `attempt ${attempt} failed (${failure.code}: ${style.text(failure.message)}), next in ${humanDuration(delayMs)}`;
}

function finishedLines(event: Extract<RunEvent, { type: 'step-finished' }>, style: Style): readonly string[] {
  const { step, result, durationMs } = event;
  const name = style.text(step.id);
  const duration = style.faint(`(${humanDuration(durationMs)})`);
  switch (result.state) {
    case 'succeeded':
      return [
        ...result.warnings.map((message) => warningLine(step.id, message, style)),
        line(style.good, 'ok', `${name}: ${style.text(result.summary)} ${duration}`),
      ];
    case 'failed':
      return [
        line(style.bad, 'failed', `${name} ${duration}`),
        ...indented(failureLines(result.failure, style)),
      ];
    case 'skipped':
      return [line(style.caution, 'skipped', `${name}: ${style.text(result.reason)}`)];
  }
}

function warningLine(stepId: string, message: string, style: Style): string {
  return line(style.caution, 'warning', `${style.text(stepId)}: ${style.text(message)}`);
}

function heartbeatLines(activities: Activities, style: Style): readonly string[] {
  const running = activities.all();
  const more = running.length > HEARTBEAT_STEPS ? [`${running.length - HEARTBEAT_STEPS} more`] : [];
  const named = running.slice(0, HEARTBEAT_STEPS).map((activity) => describe(activity, activities, style));
  return running.length === 0 ? [] : [line(style.faint, 'running', [...named, ...more].join('; '))];
}

function describe(activity: Activity, activities: Activities, style: Style): string {
  const progress = activities.describe(activity);
  const elapsed = `(${humanDuration(activities.elapsedMs(activity))})`;
  return [style.text(activity.step.id), progress, elapsed].filter((part) => part !== '').join(' ');
}

function line(paint: Paint, word: string, rest: string): string {
  return `${paint(word.padEnd(7))}  ${rest}`;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((text) => `  ${text}`);
}
