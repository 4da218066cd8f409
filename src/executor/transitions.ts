import type { StepResult } from '../domain/events.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { Result } from '../domain/result.ts';
import { runAttempts } from './attempts.ts';
import { isFinalizer, type Node } from './nodes.ts';
import type { Run } from './run.ts';
import type { StepSummary } from './step-handler.ts';
import { noteBug, tell } from './tell.ts';

/** A node that ends, and how; without a result where the step threw. */
type Ending = readonly [node: Node, result: StepResult | undefined];

export function startReadySteps(run: Run): void {
  settle(
    run,
    run.nodes.map((node) => release(run, node)).filter((ending) => ending !== undefined),
  );
}

/** Reacts to a stop signal of the process. */
export function interrupt(run: Run, signal: AbortSignal, force: 'graceful' | 'forceful'): void {
  run.interrupted ??= signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
  const reason = `interrupted by ${run.interrupted}`;
  const cause = failure('INTERRUPTED', reason);
  run.halted ??= reason;
  if (force === 'graceful') {
    skipUnstarted(run, reason);
    abortRunning(run, cause);
  } else {
    run.abandoned = true;
    abandon(run, reason, cause);
  }
}

/** Queues a node whose predecessors have all ended, or says how it ends without having run. */
function release(run: Run, node: Node): Ending | undefined {
  if (node.state !== 'waiting' || node.openNeeds > 0 || node.openAfter > 0) return undefined;
  if (isFinalizer(node) && !node.owed)
    return [node, skipped('nothing to finish: no step before it has started')];
  if (!mayStart(run, node)) return [node, skipped(run.halted ?? 'not started')];
  node.state = 'queued';
  run.lanes.add(node.step.lane, node.depth, () => start(run, node));
  return undefined;
}

function mayStart(run: Run, node: Node): boolean {
  return !run.abandoned && (run.halted === undefined || isFinalizer(node));
}

async function start(run: Run, node: Node): Promise<void> {
  if (node.state !== 'queued') return;
  if (!mayStart(run, node)) {
    settle(run, [[node, skipped(run.halted ?? 'not started')]]);
    return;
  }
  const { clock, handlers, timers, random = Math.random } = run.options;
  const attempt = { controller: new AbortController(), startedMs: clock.monotonicMs() };
  node.state = 'running';
  node.attempt = attempt;
  try {
    const result = await runAttempts({
      step: node.step,
      handler: handlers[node.step.action.kind],
      signal: attempt.controller.signal,
      timers,
      random,
      nowMs: () => clock.nowMs(),
      tell: (event) => {
        if (node.state === 'running') tell(run, event);
      },
    });
    conclude(run, node, stepResult(result));
  } catch (error) {
    breakOff(run, node, error);
  }
}

function conclude(run: Run, node: Node, result: StepResult): void {
  const mode = run.options.onFailure;
  const halts = result.state === 'failed' && mode !== 'continue' && run.halted === undefined;
  const reason = `not started: ${node.step.id} failed`;
  if (halts) run.halted = reason;
  settle(run, [[node, result]]);
  if (!halts) return;
  skipUnstarted(run, reason);
  if (mode === 'kill')
    abortRunning(run, failure('UPSTREAM_FAILED', `stopped because ${node.step.id} failed`));
}

function breakOff(run: Run, node: Node, error: unknown): void {
  noteBug(run, error);
  settle(run, [[node, undefined]]);
}

function abortRunning(run: Run, cause: Failure): void {
  for (const node of run.nodes) {
    if (node.state === 'running' && !isFinalizer(node)) node.attempt?.controller.abort(cause);
  }
}

function skipUnstarted(run: Run, reason: string): void {
  const unstarted = run.nodes.filter(
    (node) => (node.state === 'waiting' || node.state === 'queued') && !isFinalizer(node),
  );
  settle(
    run,
    unstarted.map((node) => [node, skipped(reason)]),
  );
}

function abandon(run: Run, reason: string, cause: Failure): void {
  const open = run.nodes.filter((node) => node.state !== 'ended');
  for (const node of open) node.attempt?.controller.abort(cause);
  settle(
    run,
    open.map((node) => [
      node,
      node.attempt === undefined ? skipped(reason) : { state: 'failed', failure: cause },
    ]),
  );
}

/** Ends nodes and everything that follows from it: grows its worklist instead of recursing. */
function settle(run: Run, endings: Ending[]): void {
  for (const [node, result] of endings) {
    if (node.state === 'ended') continue;
    node.state = 'ended';
    run.open -= 1;
    if (result !== undefined) report(run, node, result);
    for (const ending of consequences(run, node, result)) endings.push(ending);
  }
  if (run.open === 0) run.finish();
}

function* consequences(run: Run, node: Node, result: StepResult | undefined): Generator<Ending> {
  const obstacle = obstacleFor(node, result);
  for (const dependant of node.dependants) {
    dependant.openNeeds -= 1;
    const ending =
      obstacle === undefined ? release(run, dependant) : ([dependant, skipped(obstacle)] as const);
    if (ending !== undefined) yield ending;
  }
  for (const finalizer of node.finalizers) {
    finalizer.openAfter -= 1;
    finalizer.owed ||= node.attempt !== undefined;
    const ending = release(run, finalizer);
    if (ending !== undefined) yield ending;
  }
}

/** Why steps that need this one cannot run; the first cause is passed on along a chain. */
function obstacleFor(node: Node, result: StepResult | undefined): string | undefined {
  if (result === undefined) return `needs ${node.step.id}, which broke off`;
  if (result.state === 'succeeded') return undefined;
  return result.state === 'failed' ? `needs ${node.step.id}, which failed` : result.reason;
}

function report(run: Run, node: Node, result: StepResult): void {
  const { step, attempt } = node;
  const { clock } = run.options;
  run.counts[result.state] += 1;
  if (result.state === 'failed') run.failures.push({ step: step.id, failure: result.failure });
  const durationMs = attempt === undefined ? 0 : clock.monotonicMs() - attempt.startedMs;
  tell(run, { type: 'step-finished', step, result, durationMs, atMs: clock.nowMs() });
}

function stepResult(result: Result<StepSummary>): StepResult {
  return result.ok ? { state: 'succeeded', ...result.value } : { state: 'failed', failure: result.failure };
}

function skipped(reason: string): StepResult {
  return { state: 'skipped', reason };
}
