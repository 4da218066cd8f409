import type { RunEvent, RunOutcome, StepResult } from '../../domain/events.ts';
import type { Step } from '../../domain/run-graph.ts';
import { escapeJson } from '../escape.ts';
import { failureDocument } from '../failure/json.ts';
import { flushed, type RunView, type RunViewIo } from './run-view.ts';

const FORMAT = 'backup-plan/events@1.0';
const PROGRESS_INTERVAL_MS = 1_000;

/** NDJSON on stdout: the first line carries `format`, the last one is `summary`. */
export function createJsonView({ stdout, clock }: RunViewIo): RunView {
  let format: { format?: string } = { format: FORMAT };
  let summary: object | undefined;
  const progressMs = new Map<string, number>();
  const write = (document: object): void => {
    stdout.write(`${escapeJson({ ...format, ...document })}\n`);
    format = {};
  };
  const isDue = (step: Step): boolean => {
    const lastMs = progressMs.get(step.id);
    if (lastMs !== undefined && clock.monotonicMs() - lastMs < PROGRESS_INTERVAL_MS) return false;
    progressMs.set(step.id, clock.monotonicMs());
    return true;
  };
  return {
    onEvent(event) {
      if (event.type === 'run-finished') summary = summaryDocument(event.runId, event.outcome);
      else if (event.type !== 'step-progress' || isDue(event.step)) write(eventDocument(event));
    },
    async close() {
      if (summary !== undefined) write(summary);
      summary = undefined;
      await flushed(stdout);
    },
  };
}

type StreamedEvent = Exclude<RunEvent, { readonly type: 'run-finished' }>;

function eventDocument(event: StreamedEvent): object {
  const { type } = event;
  switch (type) {
    case 'run-started':
      return {
        type,
        runId: event.runId,
        plan: event.plan,
        at: isoTime(event.atMs),
        steps: event.steps.map(stepDocument),
      };
    case 'step-started':
      return { type, step: event.step.id, attempt: event.attempt, at: isoTime(event.atMs) };
    case 'step-progress':
      return { type, step: event.step.id, bytes: event.bytes, totalBytes: event.totalBytes };
    case 'step-warning':
      return { type, step: event.step.id, message: event.message };
    case 'step-retrying':
      return {
        type,
        step: event.step.id,
        attempt: event.attempt,
        delayMs: event.delayMs,
        failure: failureDocument(event.failure),
      };
    case 'step-finished':
      return {
        type,
        step: event.step.id,
        ...resultDocument(event.result),
        durationMs: event.durationMs,
        at: isoTime(event.atMs),
      };
    case 'note':
      return event;
  }
}

function stepDocument({ id, subject, action, needs, after }: Step): object {
  return {
    id,
    subject,
    kind: action.kind,
    ...('task' in action && {
      resource: action.task.resource,
      mode: action.task.mode,
      snapshotId: action.task.snapshotId,
    }),
    ...('target' in action && { target: action.target }),
    needs,
    after,
  };
}

function resultDocument(result: StepResult): object {
  return result.state === 'failed'
    ? { state: result.state, failure: failureDocument(result.failure) }
    : result;
}

function summaryDocument(runId: string, outcome: RunOutcome): object {
  const failures = outcome.failures.map(({ step, failure }) => ({ step, failure: failureDocument(failure) }));
  return { type: 'summary', runId, ...outcome, failures };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
