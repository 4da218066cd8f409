import type { RunEvent } from '../../domain/events.ts';
import { failureLines } from '../failure/human.ts';
import { createStyle, type Style } from '../style.ts';
import { outcomeLine } from './plain.ts';
import { createRows, type Row, type Rows } from './rows.ts';
import { flushed, type RunView, type RunViewIo } from './run-view.ts';
import { createTaskList, type TaskList } from './task-list.ts';

const PAINT_INTERVAL_MS = 100;

/** What is said below the live lines, where it stays readable. */
interface Epilogue {
  readonly remarks: string[];
  readonly failures: string[];
  readonly outcome: string[];
}

/** A live line for each resource on a terminal; warnings, failures and the sum stand below at the end. */
export function createHumanView(io: RunViewIo): RunView {
  const style = createStyle(io);
  const epilogue: Epilogue = { remarks: [], failures: [], outcome: [] };
  let rows: Rows | undefined;
  let list: TaskList | undefined;
  let closing: Promise<void> = Promise.resolve();
  const isDue = paintLimit(io);
  return {
    onEvent(event) {
      if (event.type === 'run-started') {
        const next = createRows(event.steps, io.clock, style);
        const draw = (): void => {
          if (rows === next) list = createTaskList(next.all, io.stderr, style);
        };
        const previous = list;
        rows = next;
        list = undefined;
        // The terminal must be free before the lines of a second graph of the run are drawn.
        if (previous === undefined) draw();
        else closing = previous.close().then(draw);
      }
      keep(epilogue, event, style);
      const row = rows?.note(event);
      if (row !== undefined && (event.type !== 'step-progress' || isDue(row))) list?.show(row);
    },
    async close() {
      await closing;
      await list?.close();
      rows = undefined;
      list = undefined;
      const sections = [epilogue.remarks, ...epilogue.failures.map((text) => [text]), epilogue.outcome];
      for (const lines of sections)
        if (lines.length > 0) io.stderr.write(`\n${lines.splice(0).join('\n')}\n`);
      epilogue.failures.splice(0);
      await flushed(io.stderr);
    },
  };
}

/** Progress can come a thousand times a second; a terminal needs ten. */
function paintLimit({ clock }: RunViewIo): (row: Row) => boolean {
  const paintedMs = new Map<Row, number>();
  return (row) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - (paintedMs.get(row) ?? -Infinity) < PAINT_INTERVAL_MS) return false;
    paintedMs.set(row, nowMs);
    return true;
  };
}

function keep({ remarks, failures, outcome }: Epilogue, event: RunEvent, style: Style): void {
  if (event.type === 'step-warning') remarks.push(warning(`${event.step.id}: ${event.message}`, style));
  if (event.type === 'note') remarks.push(note(event, style));
  if (event.type === 'step-finished') keepResult({ remarks, failures, outcome }, event, style);
  if (event.type === 'run-finished') outcome.push(outcomeLine(event.outcome, style));
}

function keepResult(
  epilogue: Epilogue,
  { step, result }: Extract<RunEvent, { type: 'step-finished' }>,
  style: Style,
): void {
  if (result.state === 'succeeded') {
    for (const message of result.warnings) epilogue.remarks.push(warning(`${step.id}: ${message}`, style));
  } else if (result.state === 'failed') {
    epilogue.failures.push(
      [style.strong(style.text(step.id)), ...failureLines(result.failure, style)].join('\n'),
    );
  }
}

function note({ level, message }: Extract<RunEvent, { type: 'note' }>, style: Style): string {
  return level === 'warning' ? warning(message, style) : style.faint(style.text(message));
}

function warning(text: string, style: Style): string {
  return `${style.caution('warning')}  ${style.text(text)}`;
}
