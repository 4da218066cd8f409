import { newRunId } from '../../catalog/ids.ts';
import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { RunReport } from '../../domain/run-report.ts';
import type { Ports } from '../ports.ts';
import { writerKey } from '../read-keys.ts';
import { openWorkspace } from '../workspace.ts';
import { readApplied } from './applied.ts';
import { decideMandate } from './approval.ts';
import { keyNotes } from './key-notes.ts';
import { runUnderLock } from './locked-run.ts';
import { plannedFacts, planNow } from './planned.ts';
import { preflight } from './preflight.ts';
import { foreseePrune, isWorthARun } from './prune-stage.ts';
import {
  EXIT_UNAPPROVED,
  EXIT_UNKNOWN,
  notesOf,
  type ConvergeRequest,
  type Decided,
  type ReportFacts,
} from './request.ts';

/** Brings what exists to what the plan asks for: the use case of `apply` and of `backup`. */
export async function converge(
  given: Ports,
  planFile: Plan,
  request: ConvergeRequest,
): Promise<Result<RunReport>> {
  const tell: Ports['tell'] = (note) => {
    request.emit({ type: 'note', ...note });
  };
  const ports = { ...given, tell };
  const writer = await writerKey(ports, planFile);
  if (!writer.ok) return writer;
  const workspace = await openWorkspace(ports, planFile);
  if (!workspace.ok) return workspace;
  try {
    const applied = await readApplied(workspace.value, [writer.value.armored]);
    const { state } = planFile;
    const startsAnew = workspace.value.closed.has(state) && request.initTargets.includes(state);
    const mandate = await mandateOf(ports, { plan: planFile, applied, request, startsAnew });
    if (!mandate.ok) return mandate;
    return await follow(ports, {
      request,
      writer: writer.value,
      mandate: mandate.value,
      workspace: workspace.value,
      applied: applied.ok ? applied.value : undefined,
    });
  } finally {
    await workspace.value.close();
  }
}

interface MandateRequest {
  readonly plan: Plan;
  readonly applied: Result<AppliedPlan | undefined>;
  readonly request: ConvergeRequest;
  /** The target that keeps the log has lost its marker, and a person gives it up. */
  readonly startsAnew: boolean;
}

/**
 * A log that cannot be read stops policy, not backups: they run under the plan file. Only a person
 * who gives up its target by --init-target starts a new log.
 */
async function mandateOf(
  ports: Ports,
  { plan, applied, request, startsAnew }: MandateRequest,
): Promise<Result<Decided['mandate']>> {
  if (!applied.ok && !startsAnew) {
    return ok({ plan, commits: false, unapproved: false, logFailure: applied.failure });
  }
  const approval = approvalOf(request);
  return decideMandate(ports, plan, { applied: applied.ok ? applied.value : undefined, approval });
}

/** A dry run commits nothing, so it shows the plan file; copies are made under the applied plan only. */
function approvalOf({ kind, dryRun, approval }: ConvergeRequest): ConvergeRequest['approval'] {
  if (kind === 'repair') return { kind: 'none' };
  return dryRun ? { kind: 'yes' } : approval;
}

/** The applied plan may name other targets than the plan file. */
async function follow(ports: Ports, decided: Decided): Promise<Result<RunReport>> {
  const { mandate } = decided;
  if (!mandate.unapproved) return runPlanned(ports, decided);
  const opened = await openWorkspace(ports, mandate.plan);
  if (!opened.ok) return opened;
  try {
    return await runPlanned(ports, { ...decided, workspace: opened.value });
  } finally {
    await opened.value.close();
  }
}

async function runPlanned(ports: Ports, decided: Decided): Promise<Result<RunReport>> {
  const { mandate, request, workspace } = decided;
  const runId = newRunId(ports.clock.nowMs());
  const planned = planNow(ports, workspace, { ...request, runId });
  if (!planned.ok) return planned;
  const facts: ReportFacts = {
    ...plannedFacts(planned.value),
    plan: mandate.plan.name,
    digest: mandate.plan.digest,
    runId,
    resources: [],
    copies: [],
    snapshotsRead: workspace.catalog.snapshots.length,
    notes: [...notesOf(decided), ...(await keyNotes(ports, mandate.plan))],
    ...(decided.applied === undefined ? {} : { appliedSerial: decided.applied.serial }),
  };
  const foreseen = await foreseePrune(
    ports,
    decided,
    planned.value.due.map(({ resource }) => resource),
  );
  if (request.dryRun) return ok(dryRunReport(facts, foreseen));
  const { due, copies } = planned.value;
  const isIdle = due.length + copies.length + request.initTargets.length === 0 && !mandate.commits;
  if (isIdle && !isWorthARun(decided, foreseen)) {
    return ok({ ...facts, state: 'nothing-due', exitCode: idleExitCode(decided) });
  }
  const checked = await preflight(ports, mandate.plan, planned.value.graph);
  return checked.ok ? runUnderLock(ports, decided, facts) : checked;
}

function dryRunReport(facts: ReportFacts, foreseen: PrunePlan | undefined): RunReport {
  const pruned = foreseen === undefined ? {} : { pruned: { planned: foreseen, outcomes: [] } };
  return { ...facts, state: 'dry-run', exitCode: 0, ...pruned };
}

function idleExitCode({ mandate, workspace }: Decided): number {
  if (mandate.unapproved) return EXIT_UNAPPROVED;
  return mandate.logFailure !== undefined || workspace.closed.size > 0 ? EXIT_UNKNOWN : 0;
}
