import type { DueBackup, IdleResource } from './due.ts';
import type { RunOutcome } from './events.ts';
import type { Failure } from './failure.ts';
import type { Mode } from './mode.ts';
import type { PrunePlan } from './prune-plan.ts';
import type { PruneOutcome } from './prune-report.ts';
import type { CopyTask } from './run-graph.ts';

/** What a run did for one snapshot of a resource. */
export interface ResourceSummary {
  readonly resource: string;
  /** `partial`: committed, but not on every target. `unchanged`: equal to an earlier snapshot, so none was taken. */
  readonly state: 'succeeded' | 'unchanged' | 'partial' | 'failed' | 'skipped';
  readonly mode: Mode;
  /** The one that the run took, or was to take; of an unchanged resource, the one that it equals. */
  readonly snapshotId: string;
  /** Targets on which the snapshot was committed. */
  readonly targets: readonly string[];
  readonly missing: readonly string[];
  readonly failure?: Failure;
}

/** What became of one copy that was missing. */
export interface CopySummary extends Pick<CopyTask, 'snapshotId' | 'resource' | 'mode' | 'target' | 'bytes'> {
  readonly state: 'copied' | 'failed' | 'skipped';
  readonly failure?: Failure;
}

/** A new snapshot protects the resource, or one that still holds what the source holds. */
export function isProtected({ state }: Pick<ResourceSummary, 'state'>): boolean {
  return state === 'succeeded' || state === 'unchanged';
}

export interface PruneStageReport {
  readonly planned: PrunePlan;
  /** Empty for a dry run. */
  readonly outcomes: readonly PruneOutcome[];
  readonly outcome?: RunOutcome;
}

/** How an `apply` or `backup` ended: what views show and documents say. */
export interface RunReport {
  readonly state: 'ran' | 'nothing-due' | 'dry-run' | 'locked';
  readonly plan: string;
  readonly digest: string;
  readonly runId: string;
  readonly due: readonly DueBackup[];
  readonly idle: readonly IdleResource[];
  readonly steps: number;
  readonly resources: readonly ResourceSummary[];
  /** Copies that were missing when the run was planned. */
  readonly missing: readonly CopyTask[];
  /** Copies that the run made, or could not make. */
  readonly copies: readonly CopySummary[];
  readonly snapshotsRead: number;
  readonly outcome?: RunOutcome;
  /** What retention did at the end, or would do in a dry run; absent where the run prunes nothing. */
  readonly pruned?: PruneStageReport;
  /** Serial of the log entry that this run left. */
  readonly serial?: number;
  /** Serial of the last applied entry before this run. */
  readonly appliedSerial?: number;
  readonly heldBy?: string;
  readonly notes: readonly string[];
  readonly exitCode: number;
}
