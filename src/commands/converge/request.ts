import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { EventSink, RunOutcome } from '../../domain/events.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Mode } from '../../domain/mode.ts';
import type { Plan } from '../../domain/plan.ts';
import type { StopSignals } from '../../executor/options.ts';
import type { PlannedRun } from '../../planner/input.ts';
import type { WriterKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';
import type { Approval, Mandate } from './approval.ts';
import type { ResourceSummary } from './run-summary.ts';

export interface ConvergeRequest {
  readonly kind: 'apply' | 'backup';
  /** Only these; all where empty. */
  readonly resources: readonly string[];
  /** For `backup` only. */
  readonly mode?: Mode;
  /** For `backup` only. */
  readonly label?: string;
  readonly approval: Approval;
  readonly initTargets: readonly string[];
  readonly hooks: boolean;
  readonly dryRun: boolean;
  /** Wait for a lock instead of skipping the run. */
  readonly wait: boolean;
  readonly signals: StopSignals;
  readonly emit: EventSink;
}

export interface ConvergeReport {
  readonly state: 'ran' | 'nothing-due' | 'dry-run' | 'locked';
  readonly plan: Plan;
  readonly runId: string;
  readonly planned: PlannedRun;
  readonly resources: readonly ResourceSummary[];
  readonly snapshotsRead: number;
  readonly outcome?: RunOutcome;
  /** Serial of the log entry that this run left. */
  readonly serial?: number;
  /** The last applied entry before this run. */
  readonly applied?: AppliedPlan;
  readonly heldBy?: string;
  readonly notes: readonly string[];
  readonly exitCode: number;
}

/** A run whose plan is decided. */
export interface Decided {
  readonly request: ConvergeRequest;
  readonly writer: WriterKey;
  readonly mandate: Mandate & { readonly logFailure?: Failure };
  readonly workspace: Workspace;
  readonly applied: AppliedPlan | undefined;
}

/** What every report of a decided run repeats. */
export type ReportFacts = Omit<ConvergeReport, 'state' | 'exitCode'>;

/** The plan file has changes that nobody approved. */
export const EXIT_UNAPPROVED = 12;
/** Something that the answer depends on could not be read or written. */
export const EXIT_UNKNOWN = 9;
