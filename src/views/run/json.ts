import type { RunEvent, RunOutcome, StepResult } from '../../domain/events.ts';
import type { Step } from '../../domain/run-graph.ts';
import { escapeJson } from '../escape.ts';
import { failureDocument } from '../failure/json.ts';
import { stepDocument } from '../graph/json.ts';
import { isoText } from '../time.ts';
import { flushed, type RunView, type RunViewIo } from './run-view.ts';

const FORMAT = 'backup-plan/events@1.0';
const PROGRESS_INTERVAL_MS = 1_000;

/** NDJSON on stdout: every line carries `format`; `run-finished` is written when the view is closed. */
export function createJsonView({ stdout, clock }: RunViewIo): RunView {
  let ending: object | undefined;
  const progressMs = new Map<string, number>();
  const write = (document: object): void => {
    stdout.write(`${escapeJson({ format: FORMAT, ...document })}\n`);
  };
  const isDue = (step: Step): boolean => {
    const lastMs = progressMs.get(step.id);
    if (lastMs !== undefined && clock.monotonicMs() - lastMs < PROGRESS_INTERVAL_MS) return false;
    progressMs.set(step.id, clock.monotonicMs());
    return true;
  };
  return {
    onEvent(event) {
      if (event.type === 'run-started' && ending !== undefined) {
        write(ending);
        ending = undefined;
      }
      if (event.type === 'run-finished') ending = endingDocument(event.runId, event.outcome);
      else if (event.type !== 'step-progress' || isDue(event.step)) write(eventDocument(event));
    },
    async close() {
      if (ending !== undefined) write(ending);
      ending = undefined;
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
        at: isoText(event.atMs),
        steps: event.steps.map(stepDocument),
      };
    case 'step-started':
      return { type, step: event.step.id, attempt: event.attempt, at: isoText(event.atMs) };
    case 'step-progress':
      return { type, step: event.step.id, bytes: event.bytes, totalBytes: event.totalBytes };
    case 'step-warning':
      return { type, step: event.step.id, message: event.message };
    case 'step-retrying':
      return {
        type,
        step: event.step.id,
        attempt: event.attempt,
        delayMs: Math.round(event.delayMs),
        failure: failureDocument(event.failure),
      };
    case 'step-finished':
      return {
        type,
        step: event.step.id,
        ...resultDocument(event.result),
        durationMs: Math.round(event.durationMs),
        at: isoText(event.atMs),
      };
    case 'note':
      return event;
  }
}

function resultDocument(result: StepResult): object {
  return result.state === 'failed'
    ? { state: result.state, failure: failureDocument(result.failure) }
    : result;
}

function endingDocument(runId: string, outcome: RunOutcome): object {
  const { succeeded, failed, skipped, durationMs, interrupted, failures } = outcome;
  return {
    type: 'run-finished',
    runId,
    succeeded,
    failed,
    skipped,
    durationMs: Math.round(durationMs),
    ...(interrupted !== undefined && { interrupted }),
    failures: failures.map(({ step, failure }) => ({ step, failure: failureDocument(failure) })),
  };
}
