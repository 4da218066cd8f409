import type { DueBackup } from '../../domain/due.ts';
import type { EventSink, RunEvent, RunOutcome, StepResult } from '../../domain/events.ts';
import { exitCodeOf, type Failure, type FailureCode } from '../../domain/failure.ts';
import { isRestorePoint, type Mode } from '../../domain/mode.ts';
import type { Plan } from '../../domain/plan.ts';
import type { CopyTask, Step } from '../../domain/run-graph.ts';
import type { CopySummary, ResourceSummary } from '../../domain/run-report.ts';
import { copyStepId } from '../../planner/copy-steps.ts';
import { lackingPlaces } from '../../planner/policies-static.ts';

interface Gathered {
  readonly resource: string;
  readonly mode: Mode;
  readonly snapshotId: string;
  /** Where it was to go, in the order of the plan. */
  readonly targets: readonly string[];
  readonly committed: string[];
  readonly missing: string[];
  captured: boolean;
  unchangedSince?: string;
  failure?: Failure;
}

export interface RunSummary {
  readonly onEvent: EventSink;
  resources(): readonly ResourceSummary[];
  copies(): readonly CopySummary[];
}

/** Gathers, per snapshot, where it was committed and what failed first. */
export function createRunSummary(): RunSummary {
  const gathered = new Map<string, Gathered>();
  const copies: CopySummary[] = [];
  const causes: Causes = { byOwner: new Map(), byStep: new Map() };
  return {
    onEvent: (event) => {
      if (event.type !== 'step-finished') return;
      const { action } = event.step;
      if (action.kind === 'copy') copies.push(noteCopy(action.copy, event, causes));
      else gather(gathered, causes, event);
    },
    resources: () => [...gathered.values()].map((one) => summarise(one, causes.byOwner.get(one.resource))),
    copies: () => copies,
  };
}

/** Failures of steps that others need: hooks, and copies of what is built on. */
interface Causes {
  /** Of hooks. */
  readonly byOwner: Map<string, Failure>;
  /** Also of those that were skipped because the one before them failed. */
  readonly byStep: Map<string, Failure>;
}

type Finished = Extract<RunEvent, { readonly type: 'step-finished' }>;

function noteCopy(copy: CopyTask, { step, result }: Finished, causes: Causes): CopySummary {
  const { snapshotId, resource, mode, target, bytes } = copy;
  const why = result.state === 'failed' ? result.failure : causeOfSkip(step, result, causes);
  if (why !== undefined) causes.byStep.set(step.id, why);
  const state = result.state === 'succeeded' ? 'copied' : result.state;
  const failure = result.state === 'failed' ? { failure: result.failure } : {};
  return { snapshotId, resource, mode, target, bytes, state, ...failure };
}

function gather(snapshots: Map<string, Gathered>, causes: Causes, { step, result }: Finished): void {
  const cause = causeOfSkip(step, result, causes);
  if (step.action.kind === 'hook') {
    const why = result.state === 'failed' ? result.failure : cause;
    if (why !== undefined) causes.byStep.set(step.id, why);
    if (result.state === 'failed') causes.byOwner.set(step.action.owner, result.failure);
    return;
  }
  const one = entryOf(snapshots, step);
  if (one === undefined) return;
  if (cause !== undefined) one.failure ??= cause;
  note(one, step, result);
}

/** A group's barrier that did not close is a failure of every member behind it, not a mere skip. */
function causeOfSkip({ needs }: Step, { state }: StepResult, { byStep }: Causes): Failure | undefined {
  if (state !== 'skipped') return undefined;
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
    targets: task.targets,
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
    targets: one.unchangedSince === undefined ? inOrder(one, one.committed) : [],
    missing: inOrder(one, one.missing),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** Steps of several targets end in any order. */
function inOrder({ targets }: Gathered, names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => targets.indexOf(a) - targets.indexOf(b));
}

function stateOf(one: Gathered, failure: Failure | undefined): ResourceSummary['state'] {
  if (one.committed.length > 0 && one.missing.length > 0) return 'partial';
  if (one.committed.length > 0) return one.unchangedSince === undefined ? 'succeeded' : 'unchanged';
  return failure === undefined ? 'skipped' : 'failed';
}

const EXIT_STEP_FAILED = 3;
const EXIT_PARTIAL = 4;

export interface RunEnd {
  readonly resources: readonly ResourceSummary[];
  readonly copies: readonly CopySummary[];
  readonly failures: RunOutcome['failures'];
  /** What was planned. */
  readonly due: readonly DueBackup[];
}

/**
 * 3 when a resource got no snapshot, a hook failed, or a new restore point does not lie where the
 * policies want it; 4 when only copies are missing that a target should have. A single kind of
 * "cannot tell" failure (a missing tool, an unreachable target) keeps its own code, 9.
 */
export function exitCodeOfRun(plan: PlacesPlan, end: RunEnd): number {
  const { resources, copies, failures } = end;
  const copySteps = new Set(copies.map(copyStepId));
  const others = failures.flatMap(({ step, failure }) => (copySteps.has(step) ? [] : [failure]));
  if (resources.some((one) => one.state === 'failed' || one.state === 'skipped')) return codeOf(others);
  if (resources.some((one) => isMisplaced(plan, one, end))) return EXIT_STEP_FAILED;
  if (resources.some((one) => one.state === 'partial')) return EXIT_PARTIAL;
  if (others.length > 0) return codeOf(others);
  return copies.some(({ state }) => state !== 'copied') ? EXIT_PARTIAL : 0;
}

type PlacesPlan = Pick<Plan, 'policies' | 'targets'>;

function isMisplaced(plan: PlacesPlan, one: ResourceSummary, end: RunEnd): boolean {
  if (one.targets.length === 0 || !isRestorePoint(one.mode)) return false;
  const places = [...one.targets, ...sparedTargets(one, end)].flatMap((name) => plan.targets[name] ?? []);
  return lackingPlaces(plan.policies, places).length > 0;
}

/** Targets that wait for a tick of their own: what belongs there stands for this one, if it is there. */
function sparedTargets({ resource, mode }: ResourceSummary, { due, copies }: RunEnd): readonly string[] {
  const isCopied = (name: string): boolean =>
    copies.some((one) => one.resource === resource && one.target === name && one.state === 'copied');
  const waiting = due.find((one) => one.resource === resource && one.mode === mode)?.waiting ?? [];
  return waiting
    .filter(({ target, lacking }) => lacking !== true || isCopied(target))
    .map(({ target }) => target);
}

function codeOf(failures: readonly Failure[]): number {
  const causes = failures.filter((one) => one.code !== 'UPSTREAM_FAILED').map((one): FailureCode => one.code);
  const codes = new Set(causes.map(exitCodeOf));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : EXIT_STEP_FAILED;
}
