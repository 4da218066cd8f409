import { newRunId } from '../../catalog/ids.ts';
import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { EventSink } from '../../domain/events.ts';
import { exitCodeOf, failure, type Failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import type { PruneReport } from '../../domain/prune-report.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { StopSignals } from '../../executor/options.ts';
import { planPrune } from '../../planner/prune/plan-prune.ts';
import { readApplied } from '../converge/applied.ts';
import { probeStores, type StoresProbed } from '../converge/probe-stores.ts';
import { EXIT_UNKNOWN } from '../converge/request.ts';
import type { Ports } from '../ports.ts';
import { machineKey, prunerKey, type MachineKey } from '../read-keys.ts';
import { checkTargets, openWorkspace, refreshed, type Workspace } from '../workspace.ts';
import { rememberedChanges } from './policy-changes.ts';
import { leavePruneEvent } from './prune-event.ts';
import { gatherPruneFacts } from './prune-facts.ts';
import { runPrune, type PruneRun } from './run-prune.ts';

export interface PruneRequest {
  /** Only these; all where empty. */
  readonly resources: readonly string[];
  /** Only these; all where empty. */
  readonly targets: readonly string[];
  readonly dryRun: boolean;
  /** How many snapshots may go, whatever the delete guard says. */
  readonly maxDelete?: number;
  readonly signals: StopSignals;
  readonly emit: EventSink;
}

/**
 * Applies the retention of the applied plan and collects what killed runs left. Needs no lock: each
 * deletion looks for itself whether anything still needs what it deletes.
 */
export async function prune(ports: Ports, plan: Plan, request: PruneRequest): Promise<Result<PruneReport>> {
  const unknown = request.resources.find((name) => plan.resources[name] === undefined);
  if (unknown !== undefined) return failed(unknownResource(plan, unknown));
  const key = await (request.dryRun ? machineKey(ports, plan) : prunerKey(ports, plan));
  if (!key.ok && !request.dryRun) return key;
  const known = checkTargets(plan, request.targets);
  if (!known.ok) return known;
  // Whatever is to be pruned: a pin on any target holds on all of them.
  const workspace = await openWorkspace(ports, plan);
  if (!workspace.ok) return workspace;
  try {
    const runId = newRunId(ports.clock.nowMs());
    const opened = { workspace: workspace.value, request, runId, ...(key.ok && { key: key.value }) };
    const { added, notes } = await probe(ports, opened);
    const current = added ? { ...opened, workspace: await refreshed(workspace.value) } : opened;
    return await pruneOpen(ports, { ...current, notes });
  } finally {
    await workspace.value.close();
  }
}

interface Opened {
  readonly workspace: Workspace;
  readonly request: PruneRequest;
  readonly runId: string;
  /** Absent for a dry run on a machine without one. */
  readonly key?: MachineKey;
}

/** Whether anything may be deleted depends on what the stores do, so it is found out before. */
async function probe(ports: Ports, { workspace, request, runId, key }: Opened): Promise<StoresProbed> {
  if (request.dryRun || key === undefined) return { added: false, notes: [] };
  return probeStores(ports, { workspace, key, runId, targets: request.targets });
}

async function pruneOpen(
  ports: Ports,
  opened: Opened & Pick<StoresProbed, 'notes'>,
): Promise<Result<PruneReport>> {
  const { workspace, request, runId, key } = opened;
  const applied = await readApplied(workspace, key === undefined ? [] : [key.armored]);
  if (!applied.ok) return applied;
  const mandate = mandateOf(workspace.plan, applied.value);
  if (!mandate.ok) return mandate;
  const planned = await planFrom(ports, opened, mandate.value);
  const closed = closedNotes(opened);
  const draft = {
    plan: workspace.plan.name,
    runId,
    atMs: ports.clock.nowMs(),
    dryRun: request.dryRun,
    planned: planned.plan,
    problems: workspace.catalog.problems,
    outcomes: [],
    notes: [...opened.notes, ...planned.notes, ...closed],
  };
  const report =
    request.dryRun || key === undefined
      ? ok({ ...draft, exitCode: exitCodeOfPrune(draft) })
      : await carryOut(ports, { ...request, workspace, planned: planned.plan, pruner: key, runId }, draft);
  const isUnknown = report.ok && report.value.exitCode === 0 && closed.length > 0;
  return isUnknown ? ok({ ...report.value, exitCode: EXIT_UNKNOWN }) : report;
}

/** Targets to prune that could not be opened: nothing was deleted there, and nobody knows what would be. */
function closedNotes({ workspace, request: { targets } }: Opened): readonly string[] {
  const wanted = [...workspace.closed].filter(([name]) => targets.length === 0 || targets.includes(name));
  return wanted.map(([name, { failure: why }]) => `target ${name} was not pruned: ${why.message}`);
}

/** A prune follows what somebody approved, never a plan file that nobody has applied yet. */
function mandateOf(plan: Plan, applied: AppliedPlan | undefined): Result<AppliedPlan> {
  if (applied === undefined) {
    return failed(failure('APPROVAL_MISSING', 'this plan was never applied, so no retention is in force'));
  }
  if (applied.digest === plan.digest) return ok(applied);
  return failed(
    failure('APPROVAL_STALE', `the plan file differs from applied #${String(applied.serial)}`, {
      hint: 'Apply the plan first, or prune with the plan file that was applied.',
    }),
  );
}

interface Planned {
  readonly plan: PrunePlan;
  readonly notes: readonly string[];
}

async function planFrom(
  ports: Ports,
  { workspace, request, key }: Opened,
  applied: AppliedPlan,
): Promise<Planned> {
  const facts = await gatherPruneFacts(ports, workspace, {
    ...(request.dryRun || key === undefined ? {} : { pruner: key.name }),
    ...(request.targets.length === 0 ? {} : { only: request.targets }),
  });
  const { resources, maxDelete } = request;
  const plan = planPrune({
    kind: 'prune',
    plan: workspace.plan,
    catalog: workspace.catalog,
    targets: facts.targets,
    nowMs: ports.clock.nowMs(),
    retentionChangedAmong: rememberedChanges(applied, workspace.plan),
    ...(resources.length === 0 ? {} : { resources }),
    ...(maxDelete === undefined ? {} : { allowDelete: maxDelete }),
  });
  return { plan, notes: facts.notes };
}

type Draft = Omit<PruneReport, 'exitCode'>;

async function carryOut(ports: Ports, run: PruneRun, draft: Draft): Promise<Result<PruneReport>> {
  const pruned = await runPrune(ports, run);
  if (!pruned.ok) return pruned;
  const left = await leavePruneEvent(ports, run, pruned.value);
  const { outcomes, outcome } = pruned.value;
  const report = { ...draft, outcomes, notes: [...draft.notes, ...left] };
  const { interrupted } = outcome ?? {};
  if (interrupted !== undefined) return ok({ ...report, exitCode: interrupted === 'SIGINT' ? 130 : 143 });
  return ok({ ...report, exitCode: exitCodeOfPrune(report) });
}

const EXIT_STEP_FAILED = 3;

/** Refusals and failures; what was deferred or kept for a good reason is no failure. */
export function exitCodeOfPrune({ planned, outcomes }: Pick<PruneReport, 'planned' | 'outcomes'>): number {
  if (outcomes.some(({ state }) => state === 'failed')) return EXIT_STEP_FAILED;
  const refusals = planned.targets.flatMap((target) => target.refusals);
  return Math.max(0, ...refusals.map(({ failure: why }) => exitCodeOf(why.code)));
}

function unknownResource(plan: Plan, name: string): Failure {
  const hint = `Resources: ${Object.keys(plan.resources).join(', ')}.`;
  return failure('NOT_FOUND', `the plan has no resource "${name}"`, { hint });
}
