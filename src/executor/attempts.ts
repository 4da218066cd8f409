import type { Timers } from '../domain/clock.ts';
import type { RunEvent } from '../domain/events.ts';
import { FAILURE_KINDS, failure, type Failure } from '../domain/failure.ts';
import { failed, type Result } from '../domain/result.ts';
import type { Step } from '../domain/run-graph.ts';
import { backoffMs } from '../domain/backoff.ts';
import type { StepHandler, StepSummary } from './step-handler.ts';

export interface StepWork {
  readonly step: Step;
  readonly handler: StepHandler;
  /** Aborted with the Failure that ends the step. */
  readonly signal: AbortSignal;
  readonly timers: Timers;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly tell: (event: RunEvent) => void;
}

/** Runs a step until it succeeds, is stopped, or fails in a way that another attempt cannot mend. */
export async function runAttempts(work: StepWork): Promise<Result<StepSummary>> {
  for (let attempt = 1; ; attempt += 1) {
    if (work.signal.aborted) return failed(stopReason(work.signal));
    work.tell({ type: 'step-started', step: work.step, attempt, atMs: work.nowMs() });
    const result = await runAttempt(work, attempt);
    if (result.ok || !mayRetry(work, attempt, result.failure)) return result;
    await pauseBeforeRetry(work, attempt, result.failure);
  }
}

async function runAttempt(work: StepWork, attempt: number): Promise<Result<StepSummary>> {
  const { step, tell } = work;
  const limit = startTimeLimit(work);
  try {
    const result = await work.handler({
      step,
      attempt,
      signal: limit.signal,
      progress: (bytes, totalBytes) => {
        tell({ type: 'step-progress', step, bytes, ...(totalBytes !== undefined && { totalBytes }) });
      },
      warn: (message) => {
        tell({ type: 'step-warning', step, message });
      },
    });
    if (result.ok || !limit.signal.aborted) return result;
    return failed(withToolOutput(stopReason(limit.signal), result.failure));
  } finally {
    limit.cancel();
  }
}

/** A signal that aborts with the step, or with TOOL_TIMEOUT when this attempt has taken too long. */
function startTimeLimit({ step, signal, timers }: StepWork): { signal: AbortSignal; cancel: () => void } {
  const { timeoutMs } = step;
  if (timeoutMs === undefined) return { signal, cancel: () => undefined };
  const limit = new AbortController();
  const stop = (): void => {
    limit.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const cancelTimer = timers.after(timeoutMs, () => {
    limit.abort(failure('TOOL_TIMEOUT', `no end after ${timeoutMs / 1_000} s`, { facts: { timeoutMs } }));
  });
  return {
    signal: limit.signal,
    cancel: () => {
      cancelTimer();
      signal.removeEventListener('abort', stop);
    },
  };
}

function mayRetry({ step }: StepWork, attempt: number, { code }: Failure): boolean {
  return attempt <= step.retries && FAILURE_KINDS[code].retryable;
}

async function pauseBeforeRetry(work: StepWork, attempt: number, cause: Failure): Promise<void> {
  const delayMs = backoffMs(attempt, work.random);
  work.tell({ type: 'step-retrying', step: work.step, attempt, delayMs, failure: cause });
  await new Promise<void>((resolve) => {
    if (work.signal.aborted) {
      resolve();
      return;
    }
    const cancel = work.timers.after(delayMs, () => {
      work.signal.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    work.signal.addEventListener('abort', stop, { once: true });
  });
}

function stopReason(signal: AbortSignal): Failure {
  return signal.reason as Failure;
}

function withToolOutput(reason: Failure, { toolOutput }: Failure): Failure {
  return toolOutput === undefined ? reason : { ...reason, toolOutput };
}
