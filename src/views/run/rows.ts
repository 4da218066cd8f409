import type { Clock } from '../../domain/clock.ts';
import type { RunEvent, StepResult } from '../../domain/events.ts';
import type { Step } from '../../domain/run-graph.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { createActivities, type Activities } from './activity.ts';

const WIDEST_SUBJECT = 30;

export type RowState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'skipped';

/** One line of the live display: all steps of one resource or group. */
export interface Row {
  readonly subject: string;
  state: RowState;
  text: string;
}

export interface Rows {
  readonly all: readonly Row[];
  /** Brings the row of the event up to date and returns it. */
  note(event: RunEvent): Row | undefined;
}

interface RowFacts extends Row {
  readonly steps: number;
  readonly activities: Activities;
  ended: number;
  warnings: number;
  startedMs?: number;
  summary?: string;
  failure?: string;
  skipReason?: string;
}

export function createRows(steps: readonly Step[], clock: Clock, style: Style): Rows {
  const rows = new Map<string, RowFacts>();
  for (const [subject, count] of countBySubject(steps)) rows.set(subject, newRow(subject, count, clock));
  const width = Math.min(
    WIDEST_SUBJECT,
    Math.max(0, ...[...rows.keys()].map((subject) => style.text(subject).length)),
  );
  for (const row of rows.values()) row.text = rowText(row, width, clock, style);
  return {
    all: [...rows.values()],
    note(event) {
      const row = 'step' in event ? rows.get(event.step.subject) : undefined;
      if (row === undefined) return undefined;
      row.activities.note(event);
      update(row, event, clock, style);
      row.text = rowText(row, width, clock, style);
      return row;
    },
  };
}

function countBySubject(steps: readonly Step[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { subject } of steps) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return counts;
}

function newRow(subject: string, steps: number, clock: Clock): RowFacts {
  return {
    subject,
    steps,
    activities: createActivities(clock),
    state: 'waiting',
    text: '',
    ended: 0,
    warnings: 0,
  };
}

function update(row: RowFacts, event: RunEvent, clock: Clock, style: Style): void {
  if (event.type === 'step-started') {
    row.state = 'running';
    row.startedMs ??= clock.monotonicMs();
  } else if (event.type === 'step-warning') {
    row.warnings += 1;
  } else if (event.type === 'step-finished') {
    row.ended += 1;
    noteResult(row, event.step, event.result, style);
    if (row.ended === row.steps) row.state = endState(row);
  }
}

function noteResult(row: RowFacts, step: Step, result: StepResult, style: Style): void {
  switch (result.state) {
    case 'succeeded':
      row.warnings += result.warnings.length;
      if (step.action.kind === 'capture' || row.summary === undefined)
        row.summary = style.text(result.summary);
      break;
    case 'failed':
      row.failure ??= `${stepLabel(step, style)} failed: ${result.failure.code}`;
      break;
    case 'skipped':
      row.skipReason ??= style.text(result.reason);
  }
}

function endState({ failure, skipReason }: RowFacts): RowState {
  if (failure !== undefined) return 'failed';
  return skipReason === undefined ? 'succeeded' : 'skipped';
}

function rowText(row: RowFacts, width: number, clock: Clock, style: Style): string {
  const warnings = row.warnings === 0 ? '' : style.caution(`, ${counted(row.warnings, 'warning')}`);
  return `${style.strong(style.text(row.subject).padEnd(width))}  ${detail(row, clock, style)}${warnings}`;
}

function detail(row: RowFacts, clock: Clock, style: Style): string {
  const elapsed =
    row.startedMs === undefined
      ? ''
      : style.faint(` (${humanDuration(clock.monotonicMs() - row.startedMs)})`);
  switch (row.state) {
    case 'waiting':
      return style.faint('waiting');
    case 'running':
      return runningDetail(row, style);
    case 'succeeded':
      return `${row.summary ?? 'done'}${elapsed}`;
    case 'failed':
      return `${style.bad(row.failure ?? 'failed')}${elapsed}`;
    case 'skipped':
      return `skipped: ${row.skipReason ?? ''}`;
  }
}

function runningDetail({ activities, failure }: RowFacts, style: Style): string {
  const running = activities.all().map((activity) => {
    const progress = activities.describe(activity);
    return progress === ''
      ? stepLabel(activity.step, style)
      : `${stepLabel(activity.step, style)} ${progress}`;
  });
  const parts = [...(failure === undefined ? [] : [style.bad(failure)]), ...running];
  return parts.length === 0 ? style.faint('waiting') : parts.join('; ');
}

function stepLabel({ action }: Step, style: Style): string {
  switch (action.kind) {
    case 'hook':
      return `${action.moment} hooks`;
    case 'capture':
      return `capture (${action.task.mode})`;
    case 'ship':
    case 'commit':
      return style.text(`${action.kind} → ${action.target}`);
    case 'copy':
      return style.text(`copy → ${action.copy.target}`);
    case 'condemn':
    case 'sweep':
    case 'reprieve':
    case 'collect':
      return style.text(`${action.kind} on ${action.target}`);
  }
}
