import type { EventSink, RunOutcome } from '../../domain/events.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { RunGraph } from '../../domain/run-graph.ts';
import type { RunReport } from '../../domain/run-report.ts';
import { distinctCopies } from '../../planner/copy-steps.ts';
import { logTrustRefusal } from '../../planner/store-trust.ts';
import type { Ports } from '../ports.ts';
import { changesDocument, changesWith } from '../prune/policy-changes.ts';
import { openWorkspace, refreshed } from '../workspace.ts';
import { overtaken } from './approval.ts';
import { aftermath } from './aftermath.ts';
import { leaveCheckpoints } from './checkpoints.ts';
import { readApplied } from './applied.ts';
import { keyNotes } from './key-notes.ts';
import { takeLock, type RunLock } from './lock.ts';
import { setUpNewTargets, type TargetSetUp } from './new-targets.ts';
import { prunes, pruneStage, type PruneStage, type RanBefore } from './prune-stage.ts';
import { probeStores, type ProbingRun, type StoresProbed } from './probe-stores.ts';
import { plannedFacts, planNow } from './planned.ts';
import { EXIT_UNAPPROVED, EXIT_UNKNOWN, notesOf, type Decided, type ReportFacts } from './request.ts';
import { repairStage } from './repair-stage.ts';
import { runGraph } from './run-graph.ts';
import { createRunSummary, exitCodeOfRun } from './run-summary.ts';

/** Takes the log, plans once more on what is there now, runs, and says in the log how it ended. */
export async function runUnderLock(
  ports: Ports,
  decided: Decided,
  facts: ReportFacts,
): Promise<Result<RunReport>> {
  const { mandate, request } = decided;
  const targets = await setUpNewTargets(ports, {
    workspace: decided.workspace,
    applied: decided.applied,
    signer: decided.writer.signer,
    commits: mandate.commits,
    named: request.initTargets,
  });
  if (!targets.ok) return targets;
  const usable = checkTargets(decided, targets.value);
  if (!usable.ok) return usable;
  const workspace = await openWorkspace(ports, mandate.plan);
  if (!workspace.ok) return workspace;
  try {
    const { writer } = decided;
    const probed = await probe(
      ports,
      { workspace: workspace.value, key: writer, runId: facts.runId },
      request,
    );
    const fresh = probed.added ? await refreshed(workspace.value) : workspace.value;
    const weak = weakLog(ports, { ...decided, workspace: fresh });
    if (weak !== undefined) return failed(weak);
    const lock = await lockFor(ports, { ...decided, workspace: workspace.value }, facts.runId);
    // Whoever held the log for so long has made snapshots, and deleted some.
    const now = request.wait ? await refreshed(fresh) : fresh;
    const ready = { ...decided, workspace: now };
    const notes = [...notesOf(ready), ...(await keyNotes(ports, mandate.plan)), ...probed.notes];
    const current = { ...facts, notes };
    const stale = lock.ok ? await changedMeanwhile(ready) : undefined;
    if (lock.ok && stale !== undefined) return await abandon({ lock: lock.value }, stale);
    if (lock.ok)
      return await runLocked(ports, { ...ready, lock: lock.value, refused: targets.value.refused }, current);
    if (lock.failure.code !== 'LOCKED' || request.wait) return lock;
    return ok({ ...current, state: 'locked', heldBy: lock.failure.message, exitCode: 0 });
  } finally {
    await workspace.value.close();
  }
}

/** A backup that somebody asks for waits for nothing that an apply can find out later. */
async function probe(ports: Ports, run: ProbingRun, { kind }: Decided['request']): Promise<StoresProbed> {
  return kind === 'apply' ? probeStores(ports, run) : { added: false, notes: [] };
}

/** A changed plan needs the target that keeps the log; backups need any target at all. */
function checkTargets({ mandate, workspace }: Decided, { created, refused }: TargetSetUp): Result<void> {
  const [anyRefusal] = refused.values();
  if (workspace.repositories.size + created.length === 0) {
    return failed(anyRefusal ?? failure('TARGET_UNREACHABLE', 'no target of the plan can be opened'));
  }
  const state = refused.get(mandate.plan.state);
  return state !== undefined && mandate.commits ? failed(state) : ok();
}

/** Why the plan cannot be made the applied one; without a change to commit, backups run all the same. */
function weakLog({ clock }: Ports, { mandate, workspace }: Decided): Failure | undefined {
  if (!mandate.commits) return undefined;
  const { plan } = mandate;
  const nowMs = clock.nowMs();
  return logTrustRefusal({ plan, catalog: workspace.catalog, target: plan.state, nowMs });
}

/** Undefined where the log cannot be read: backups run all the same. */
async function lockFor(ports: Ports, decided: Decided, runId: string): Promise<Result<RunLock | undefined>> {
  const { mandate, workspace, writer, request } = decided;
  const { catalog } = workspace;
  const repository = workspace.repositories.get(mandate.plan.state);
  if (repository === undefined || mandate.logFailure !== undefined) return ok(undefined);
  const gitCommit = await ports.gitCommit(mandate.plan.directory);
  return takeLock(ports, {
    repository,
    verifier: workspace.verifier,
    writer,
    plan: mandate.plan,
    runId,
    ...(gitCommit === undefined ? {} : { gitCommit }),
    retentionChangedAt: changesDocument(
      await changesWith(ports, { ...decided, plan: mandate.plan, catalog }),
    ),
    wait: request.wait,
    signal: request.signals.graceful,
  });
}

async function changedMeanwhile({
  applied,
  mandate,
  workspace,
  writer,
}: Decided): Promise<Failure | undefined> {
  if (mandate.logFailure !== undefined) return undefined;
  const now = await readApplied(workspace, [writer.armored]);
  return now.ok ? overtaken(now.value, { applied, plan: mandate.plan }) : now.failure;
}

interface Locked extends Decided {
  readonly lock: RunLock | undefined;
  readonly refused: ReadonlyMap<string, Failure>;
}

/** An apply that only prunes. */
const NOTHING_RAN: RunOutcome = { succeeded: 0, failed: 0, skipped: 0, durationMs: 0, failures: [] };

async function runLocked(ports: Ports, locked: Locked, facts: ReportFacts): Promise<Result<RunReport>> {
  const { request } = locked;
  const planned = planNow(ports, locked.workspace, { ...request, runId: facts.runId });
  if (!planned.ok) return abandon(locked, planned.failure);
  const summary = createRunSummary();
  const emit: EventSink = (event) => {
    summary.onEvent(event);
    request.emit(event);
  };
  const isIdle = planned.value.graph.steps.length === 0;
  const outcome = isIdle
    ? ok(NOTHING_RAN)
    : await runGraph(ports, {
        ...locked,
        plan: locked.mandate.plan,
        graph: request.hooks ? planned.value.graph : withoutHooks(planned.value.graph),
        signals: request.signals,
        emit,
      });
  if (!outcome.ok) return abandon(locked, outcome.failure);
  const resources = summary.resources();
  const { runId } = facts;
  const { refused } = locked;
  const watched = { ...locked, request: { ...request, emit } };
  const repaired = await repairStage(ports, watched, { runId, resources, outcome: outcome.value, refused });
  const soFar = combined(outcome.value, repaired.outcome);
  const copies = summary.copies();
  const stage = await retention(ports, locked, { runId, resources, copies, outcome: soFar });
  return ok(
    await conclude(ports, locked, {
      facts: {
        ...facts,
        ...plannedFacts(planned.value),
        resources,
        missing: distinctCopies([...planned.value.copies, ...repaired.copies]),
        copies,
        notes: [...facts.notes, ...repaired.notes, ...stage.notes],
        ...(stage.report === undefined ? {} : { pruned: stage.report }),
      },
      outcome: combined(soFar, stage.report?.outcome),
    }),
  );
}

/** A run that stood still may have lost the log, and another policy may be in force since. */
async function retention(ports: Ports, locked: Locked, before: RanBefore): Promise<PruneStage> {
  const stale = prunes(locked) ? await changedMeanwhile(locked) : undefined;
  return stale === undefined
    ? pruneStage(ports, locked, before)
    : { notes: [`nothing was pruned: ${stale.message}`] };
}

/** One run to everybody outside: backups, then copies, then retention. */
function combined(backups: RunOutcome, pruning: RunOutcome | undefined): RunOutcome {
  if (pruning === undefined) return backups;
  return {
    succeeded: backups.succeeded + pruning.succeeded,
    failed: backups.failed + pruning.failed,
    skipped: backups.skipped + pruning.skipped,
    durationMs: backups.durationMs + pruning.durationMs,
    failures: [...backups.failures, ...pruning.failures],
    ...(pruning.interrupted === undefined ? {} : { interrupted: pruning.interrupted }),
  };
}

async function abandon({ lock }: Pick<Locked, 'lock'>, why: Failure): Promise<Result<never>> {
  await lock?.end('abort');
  return failed(why);
}

interface Conclusion {
  readonly facts: ReportFacts;
  readonly outcome: RunOutcome;
}

async function conclude(ports: Ports, locked: Locked, { facts, outcome }: Conclusion): Promise<RunReport> {
  const ended = await locked.lock?.end(endOf(outcome, locked));
  const { runId, resources, copies } = facts;
  const told = await aftermath(ports, locked, { runId, resources, copies, outcome });
  const later = [...told, ...(await leaveCheckpoints(ports, locked.workspace, locked.writer))];
  const lost = ended?.ok === false ? [`the log entry could not be written: ${ended.failure.message}`] : [];
  return {
    ...facts,
    state: 'ran',
    outcome,
    notes: [...facts.notes, ...later, ...lost],
    ...(ended?.ok === true ? { serial: ended.value.serial } : {}),
    exitCode: exitCode(locked, { outcome, facts, logLost: lost.length > 0 }),
  };
}

function endOf(outcome: RunOutcome, { mandate }: Decided): 'commit' | 'partial' | 'abort' {
  if (outcome.failed === 0 && outcome.interrupted === undefined) return 'commit';
  return mandate.commits ? 'partial' : 'abort';
}

interface Ending extends Conclusion {
  readonly logLost: boolean;
}

function exitCode({ mandate }: Decided, { outcome, facts, logLost }: Ending): number {
  if (outcome.interrupted !== undefined) return outcome.interrupted === 'SIGINT' ? 130 : 143;
  const { failures } = outcome;
  const code = exitCodeOfRun(mandate.plan, { ...facts, failures });
  if (code !== 0) return code;
  if (mandate.unapproved) return EXIT_UNAPPROVED;
  return mandate.logFailure !== undefined || logLost ? EXIT_UNKNOWN : 0;
}

function withoutHooks(graph: RunGraph): RunGraph {
  const hooks = new Set(graph.steps.filter((step) => step.action.kind === 'hook').map((step) => step.id));
  const steps = graph.steps
    .filter((step) => !hooks.has(step.id))
    .map((step) => ({ ...step, needs: step.needs.filter((need) => !hooks.has(need)) }));
  return { ...graph, steps };
}
