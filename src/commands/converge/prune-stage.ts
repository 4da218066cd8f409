import type { RunOutcome } from '../../domain/events.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import {
  isProtected,
  type CopySummary,
  type PruneStageReport,
  type ResourceSummary,
} from '../../domain/run-report.ts';
import { planPrune } from '../../planner/prune/plan-prune.ts';
import type { Ports } from '../ports.ts';
import { changesWith } from '../prune/policy-changes.ts';
import { leavePruneEvent } from '../prune/prune-event.ts';
import { gatherPruneFacts, type GatheredFacts } from '../prune/prune-facts.ts';
import { isNothingToPrune, runPrune } from '../prune/run-prune.ts';
import { refreshed, type Workspace } from '../workspace.ts';
import type { Decided } from './request.ts';

/** What an apply would prune if it took no backup first; undefined where it does not prune at all. */
export async function foreseePrune(
  ports: Ports,
  decided: Decided,
  backedUpFirst: readonly string[],
): Promise<PrunePlan | undefined> {
  if (!prunes(decided)) return undefined;
  const leftovers = [...decided.workspace.repositories.keys()].map(
    (name) => [name, { leftovers: [] }] as const,
  );
  const facts = { targets: Object.fromEntries(leftovers), notes: [] };
  return planFrom(ports, decided, { workspace: decided.workspace, facts, exclude: [], backedUpFirst });
}

/** True where an apply has something to delete, and may. */
export function isWorthARun({ writer }: Decided, foreseen: PrunePlan | undefined): boolean {
  return foreseen !== undefined && writer.may.includes('prune') && !isNothingToPrune(foreseen);
}

export interface RanBefore {
  readonly runId: string;
  readonly resources: readonly ResourceSummary[];
  readonly copies: readonly CopySummary[];
  readonly outcome: RunOutcome;
}

export interface PruneStage {
  readonly report?: PruneStageReport;
  readonly notes: readonly string[];
}

/**
 * The last stage of an apply: retention, on what is there now. A resource whose backup failed, or of
 * which a copy could not be made, keeps everything: what is released in one place may be wanted in
 * another, and be nowhere else; a run that was interrupted deletes nothing.
 */
export async function pruneStage(
  ports: Ports,
  decided: Decided,
  { runId, resources, copies, outcome }: RanBefore,
): Promise<PruneStage> {
  if (!prunes(decided) || outcome.interrupted !== undefined) return { notes: [] };
  const workspace =
    resources.length + copies.length === 0 ? decided.workspace : await refreshed(decided.workspace);
  const mayPrune = decided.writer.may.includes('prune');
  const facts = await gatherPruneFacts(ports, workspace, mayPrune ? { pruner: decided.writer.name } : {});
  const lacking = [
    ...resources.filter((one) => !isProtected(one)),
    ...copies.filter((one) => one.state !== 'copied'),
  ];
  const exclude = lacking.map(({ resource }) => resource);
  const planned = await planFrom(ports, decided, { workspace, facts, exclude });
  const notes = [...facts.notes, ...refusalNotes(planned)];
  if (!mayPrune) return { notes: [...notes, ...lackingRole(decided, planned)] };
  const { request, writer } = decided;
  const { signals, emit } = request;
  const run = { workspace, planned, pruner: writer, runId, signals, emit };
  const pruned = await runPrune(ports, run);
  if (!pruned.ok) return { notes: [...notes, `nothing was pruned: ${pruned.failure.message}`] };
  const left = await leavePruneEvent(ports, run, pruned.value);
  return { report: { planned, ...pruned.value }, notes: [...notes, ...left] };
}

export function prunes({ request, mandate }: Decided): boolean {
  return request.kind === 'apply' && request.prune && !mandate.unapproved && mandate.logFailure === undefined;
}

interface Known {
  readonly workspace: Workspace;
  readonly facts: GatheredFacts;
  readonly exclude: readonly string[];
  /** Resources whose backup comes before the prune, so that it is late no more. */
  readonly backedUpFirst?: readonly string[];
}

async function planFrom(
  ports: Ports,
  { mandate, applied, request, workspace: before }: Decided,
  { workspace, facts, exclude, backedUpFirst = [] }: Known,
): Promise<PrunePlan> {
  const { resources } = request;
  return planPrune({
    kind: 'apply',
    plan: mandate.plan,
    catalog: workspace.catalog,
    targets: facts.targets,
    nowMs: ports.clock.nowMs(),
    retentionChangedAmong: await changesWith(ports, {
      plan: mandate.plan,
      applied,
      catalog: before.catalog,
    }),
    exclude,
    backedUpFirst,
    ...(resources.length === 0 ? {} : { resources }),
  });
}

function refusalNotes({ targets }: PrunePlan): readonly string[] {
  return targets.flatMap(({ target, refusals }) =>
    refusals.map(({ resource, failure }) => {
      const where = resource === undefined ? target : `${resource} on ${target}`;
      return `nothing of ${where} is pruned: ${failure.message}`;
    }),
  );
}

function lackingRole({ writer }: Decided, { targets }: PrunePlan): readonly string[] {
  const released = targets.flatMap(({ condemn, sweep }) => [...condemn, ...sweep]);
  const snapshots = new Set(released.flatMap(({ members }) => members.map(({ snapshotId }) => snapshotId)));
  if (snapshots.size === 0) return [];
  return [
    `retention releases ${String(snapshots.size)} snapshots; signing key "${writer.name}" may not prune them`,
  ];
}
