import { ok, type Result } from '../../src/domain/result.ts';
import type { RunEvent, RunOutcome, StepResult } from '../../src/domain/events.ts';
import type { RunGraph, Step } from '../../src/domain/run-graph.ts';
import { execute } from '../../src/executor/execute.ts';
import type { ExecuteOptions } from '../../src/executor/options.ts';
import type { StepContext, StepHandler, StepSummary } from '../../src/executor/step-handler.ts';
import { manualTime, type ManualTime } from '../support/manual-time.ts';

/** A step whose handler the test ends by hand. */
interface HeldStep {
  readonly context: StepContext;
  readonly end: (result: Result<StepSummary>) => void;
  readonly crash: (error: Error) => void;
}

export interface Rig {
  readonly events: RunEvent[];
  readonly time: ManualTime;
  readonly graceful: AbortController;
  readonly forceful: AbortController;
  readonly outcome: Promise<RunOutcome>;
  /** The handler call that waits now for this step. */
  held(id: string): HeldStep;
  running(): string[];
  result(id: string): StepResult | undefined;
}

export const DONE: Result<StepSummary> = ok({ summary: 'done', warnings: [] });

export function step(id: string, rest: Partial<Step> = {}): Step {
  return {
    id,
    action: { kind: 'hook', owner: id, moment: 'before', argv: [] },
    needs: [],
    lane: { kind: 'host' },
    retries: 0,
    subject: id,
    ...rest,
  };
}

export function graph(...steps: Step[]): RunGraph {
  return { runId: 'run-1', steps };
}

/** Executes a graph whose steps end only when the test ends them. */
export function start(runGraph: RunGraph, options: Partial<ExecuteOptions> = {}): Rig {
  const calls = new Map<string, HeldStep>();
  const rig = runWith(runGraph, holdIn(calls), options);
  return {
    ...rig,
    held(id) {
      const call = calls.get(id);
      if (call === undefined) throw new Error(`${id} is not running`);
      return call;
    },
    running: () => [...calls.keys()],
  };
}

/** Executes a graph with one handler for every kind of step. */
export function runWith(
  runGraph: RunGraph,
  handler: StepHandler,
  options: Partial<ExecuteOptions> = {},
): Rig {
  const events: RunEvent[] = [];
  const time = manualTime();
  const graceful = new AbortController();
  const forceful = new AbortController();
  const outcome = execute({
    plan: 'test',
    graph: runGraph,
    handlers: {
      hook: handler,
      capture: handler,
      ship: handler,
      copy: handler,
      commit: handler,
      condemn: handler,
      sweep: handler,
      reprieve: handler,
      collect: handler,
    },
    limits: { concurrency: 8, perTarget: 2 },
    onFailure: 'continue',
    signals: { graceful: graceful.signal, forceful: forceful.signal },
    clock: time.clock,
    timers: time.timers,
    emit: (event) => events.push(event),
    random: () => 0.5,
    ...options,
  });
  return {
    events,
    time,
    graceful,
    forceful,
    outcome,
    held: () => {
      throw new Error('nothing is held');
    },
    running: () => [],
    result: (id) =>
      events.flatMap((event) =>
        event.type === 'step-finished' && event.step.id === id ? [event.result] : [],
      )[0],
  };
}

/** Lets every promise that can settle now do so. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function holdIn(calls: Map<string, HeldStep>): StepHandler {
  return (context) =>
    new Promise<Result<StepSummary>>((resolve, reject) => {
      calls.set(context.step.id, { context, end: resolve, crash: reject });
    }).finally(() => calls.delete(context.step.id));
}
