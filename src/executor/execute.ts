import type { RunOutcome } from '../domain/events.ts';
import type { ExecuteOptions } from './options.ts';
import { createRun, outcomeOf, type Run } from './run.ts';
import { tell } from './tell.ts';
import { interrupt, startReadySteps } from './transitions.ts';

/**
 * Runs every step of a graph once its predecessors allow it, each in a place of its lane, deeper
 * steps first: what was begun is finished before something new is begun.
 *
 * - Every step has exactly one `step-finished`, unless it threw.
 * - A finalizer runs once all steps of its `after` have ended and one of them had started.
 * - The first exception of a handler or subscriber stops the run as `no-new` does and is rethrown
 *   after the finalizers; there is no `run-finished` then.
 */
export async function execute(options: ExecuteOptions): Promise<RunOutcome> {
  const run = createRun(options);
  const { graph, plan, clock } = options;
  tell(run, { type: 'run-started', runId: graph.runId, plan, atMs: clock.nowMs(), steps: graph.steps });
  const stopListening = listenForStop(run);
  startReadySteps(run);
  await run.finished;
  stopListening();
  const outcome = outcomeOf(run);
  if (run.bug === undefined) tell(run, { type: 'run-finished', runId: graph.runId, outcome });
  if (run.bug !== undefined) throw run.bug.error;
  return outcome;
}

function listenForStop(run: Run): () => void {
  const { graceful, forceful } = run.options.signals;
  const onGraceful = (): void => {
    interrupt(run, graceful, 'graceful');
  };
  const onForceful = (): void => {
    interrupt(run, forceful, 'forceful');
  };
  graceful.addEventListener('abort', onGraceful);
  forceful.addEventListener('abort', onForceful);
  if (graceful.aborted) onGraceful();
  if (forceful.aborted) onForceful();
  return () => {
    graceful.removeEventListener('abort', onGraceful);
    forceful.removeEventListener('abort', onForceful);
  };
}
