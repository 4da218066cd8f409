import type { EventSink, RunEvent, StepResult } from '../../domain/events.ts';
import { exitCodeOf, type Failure, type FailureCode } from '../../domain/failure.ts';
import type { Mode } from '../../domain/mode.ts';
import type { Step } from '../../domain/run-graph.ts';
import type { ResourceSummary } from '../../domain/run-report.ts';

interface Gathered {
  readonly resource: string;
  readonly mode: Mode;
  readonly snapshotId: string;
  readonly committed: string[];
  readonly missing: string[];
  captured: boolean;
  unchangedSince?: string;
  failure?: Failure;
}

export interface RunSummary {
  readonly onEvent: EventSink;
  resources(): readonly ResourceSummary[];
}

/** Gathers, per snapshot, where it was committed and what failed first. */
export function createRunSummary(): RunSummary {
  const gathered = new Map<string, Gathered>();
  const hooks: HookFailures = { byOwner: new Map(), byStep: new Map() };
  return {
    onEvent: (event) => {
      gather(gathered, hooks, event);
    },
    resources: () => [...gathered.values()].map((one) => summarise(one, hooks.byOwner.get(one.resource))),
  };
}

interface HookFailures {
  readonly byOwner: Map<string, Failure>;
  /** Also of hooks that were skipped because the hook before them failed. */
  readonly byStep: Map<string, Failure>;
}

function gather(snapshots: Map<string, Gathered>, hooks: HookFailures, event: RunEvent): void {
  if (event.type !== 'step-finished') return;
  const { step, result } = event;
  const cause = result.state === 'skipped' ? hookThatBlocked(step, hooks) : undefined;
  if (step.action.kind === 'hook') {
    const why = result.state === 'failed' ? result.failure : cause;
    if (why !== undefined) hooks.byStep.set(step.id, why);
    if (result.state === 'failed') hooks.byOwner.set(step.action.owner, result.failure);
    return;
  }
  const one = entryOf(snapshots, step);
  if (one === undefined) return;
  if (cause !== undefined) one.failure ??= cause;
  note(one, step, result);
}

/** A group's barrier that did not close is a failure of every member behind it, not a mere skip. */
function hookThatBlocked({ needs }: Step, { byStep }: HookFailures): Failure | undefined {
  return needs.map((id) => byStep.get(id)).find((why) => why !== undefined);
}

function entryOf(snapshots: Map<string, Gathered>, step: Step): Gathered | undefined {
  if (!('task' in step.action)) return undefined;
  const { task } = step.action;
  const known = snapshots.get(task.snapshotId);
  if (known !== undefined) return known;
  const fresh: Gathered = {
    resource: task.resource,
    mode: task.mode,
    snapshotId: task.snapshotId,
    committed: [],
    missing: [],
    captured: false,
  };
  snapshots.set(task.snapshotId, fresh);
  return fresh;
}

function note(one: Gathered, step: Step, result: StepResult): void {
  const { action } = step;
  if (result.state === 'failed') one.failure ??= result.failure;
  if (action.kind === 'capture') one.captured = result.state === 'succeeded';
  if (result.state === 'succeeded' && result.unchangedSince !== undefined)
    one.unchangedSince = result.unchangedSince;
  if (action.kind !== 'commit') return;
  (result.state === 'succeeded' ? one.committed : one.missing).push(action.target);
}

function summarise(one: Gathered, hookFailure: Failure | undefined): ResourceSummary {
  const failure = one.failure ?? hookFailure;
  return {
    resource: one.resource,
    state: stateOf(one, failure),
    mode: one.mode,
    snapshotId: one.unchangedSince ?? one.snapshotId,
    targets: one.unchangedSince === undefined ? one.committed : [],
    missing: one.missing,
    ...(failure === undefined ? {} : { failure }),
  };
}

function stateOf(one: Gathered, failure: Failure | undefined): ResourceSummary['state'] {
  if (one.committed.length > 0 && one.missing.length > 0) return 'partial';
  if (one.committed.length > 0) return one.unchangedSince === undefined ? 'succeeded' : 'unchanged';
  return failure === undefined ? 'skipped' : 'failed';
}

const EXIT_STEP_FAILED = 3;
const EXIT_PARTIAL = 4;

/**
 * 3 when a resource got no snapshot or a hook failed, 4 when only copies are missing. A single kind
 * of "cannot tell" failure (a missing tool, an unreachable target) keeps its own code, 9.
 */
export function exitCodeOfRun(resources: readonly ResourceSummary[], failures: readonly Failure[]): number {
  if (resources.some((one) => one.state === 'failed' || one.state === 'skipped')) return codeOf(failures);
  if (resources.some((one) => one.state === 'partial')) return EXIT_PARTIAL;
  return failures.length > 0 ? codeOf(failures) : 0;
}

function codeOf(failures: readonly Failure[]): number {
  const causes = failures.filter((one) => one.code !== 'UPSTREAM_FAILED').map((one): FailureCode => one.code);
  const codes = new Set(causes.map(exitCodeOf));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : EXIT_STEP_FAILED;
}
