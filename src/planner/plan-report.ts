import type { AppliedPlan } from '../domain/applied-plan.ts';
import type { Plan } from '../domain/plan.ts';
import type { AppliedBase, PlanReport } from '../domain/plan-report.ts';
import type { DueBackup } from '../domain/due.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import { stepCount } from './copy-steps.ts';
import { groupByResource } from './history.ts';
import type { PlannedRun } from './input.ts';
import { judgePolicies } from './policies.ts';
import { previewPrune } from './prune/preview.ts';
import { bytesOf } from './snapshot-size.ts';

export interface PlanReportInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
  readonly planned: PlannedRun;
  /** What the log says was applied last, if it could be read. */
  readonly applied?: AppliedPlan;
  /** When the retention of a resource last changed, in epoch milliseconds. */
  readonly retentionChangedAmong?: Readonly<Record<string, number>>;
}

/** What `plan` shows: what is due, what retention would release, and whether the plan itself has changed. */
export function planReport(input: PlanReportInput): PlanReport {
  const { plan, catalog, nowMs, planned, applied } = input;
  const targets = Object.keys(plan.targets);
  const estimatedBytes = estimate(planned.due, catalog);
  return {
    plan: plan.name,
    digest: plan.digest,
    atMs: nowMs,
    ...(applied === undefined ? {} : { base: baseOf(applied) }),
    changed: applied?.digest !== plan.digest,
    snapshots: catalog.snapshots.length,
    targets,
    unread: targets.filter((target) => !catalog.read.has(target)),
    problems: catalog.problems,
    due: planned.due,
    idle: planned.idle,
    missing: planned.copies,
    steps: stepCount(planned.graph, planned.copies),
    ...(estimatedBytes === undefined ? {} : { estimatedBytes }),
    ...pruneFacts(input),
    separate: targets.filter((name) => plan.targets[name]?.prune === 'separate'),
    policies: judgePolicies({ plan, catalog, nowMs }),
  };
}

/** Due backups come first in an apply, so what is late now does not hold the prune after it. */
function pruneFacts({
  plan,
  catalog,
  nowMs,
  planned,
  retentionChangedAmong = {},
}: PlanReportInput): Pick<PlanReport, 'released' | 'held' | 'condemned'> {
  const backedUpFirst = planned.due.map(({ resource }) => resource);
  const { released, held, condemned } = previewPrune({
    plan,
    catalog,
    nowMs,
    retentionChangedAmong,
    backedUpFirst,
  });
  return { released, held, condemned };
}

function baseOf({ serial, digest, at, holder, gitCommit }: AppliedPlan): AppliedBase {
  return { serial, digest, at, holder, ...(gitCommit === undefined ? {} : { gitCommit }) };
}

function estimate(due: readonly DueBackup[], catalog: Catalog): number | undefined {
  const byResource = groupByResource(catalog.snapshots);
  const known = due.flatMap(({ resource, mode }) => newestBytes(byResource.get(resource) ?? [], mode));
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
}

function newestBytes(snapshots: readonly Snapshot[], mode: DueBackup['mode']): number[] {
  const newest = snapshots.findLast((snapshot) => snapshot.good && snapshot.mode === mode);
  return newest === undefined ? [] : [bytesOf(newest)];
}
