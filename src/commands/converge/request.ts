import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { EventSink } from '../../domain/events.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Mode } from '../../domain/mode.ts';
import type { RunReport } from '../../domain/run-report.ts';
import type { StopSignals } from '../../executor/options.ts';
import type { WriterKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';
import type { Approval, Mandate } from './approval.ts';

export interface ConvergeRequest {
  /** `repair`: an apply that only makes copies that are missing. */
  readonly kind: 'apply' | 'backup' | 'repair';
  /** Only these; all where empty. */
  readonly resources: readonly string[];
  /** For `backup` only. */
  readonly mode?: Mode;
  /** For `backup` only. */
  readonly label?: string;
  readonly approval: Approval;
  readonly initTargets: readonly string[];
  readonly hooks: boolean;
  /** False leaves retention to a later run. */
  readonly prune: boolean;
  readonly dryRun: boolean;
  /** Wait for a lock instead of skipping the run. */
  readonly wait: boolean;
  readonly signals: StopSignals;
  readonly emit: EventSink;
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
export type ReportFacts = Omit<RunReport, 'state' | 'exitCode'>;

/** The plan file has changes that nobody approved. */
export const EXIT_UNAPPROVED = 12;
/** Something that the answer depends on could not be read or written. */
export const EXIT_UNKNOWN = 9;

/** What a person should know besides the result. */
export function notesOf({ mandate, workspace }: Decided): readonly string[] {
  const notes = workspace.catalog.problems.map((one) => `target ${one.target}: ${one.message}`);
  if (mandate.logFailure !== undefined) notes.push(`policy is not applied: ${mandate.logFailure.message}`);
  if (mandate.unapproved)
    notes.push('the plan file has changes that nobody approved; following the applied plan');
  return notes;
}
