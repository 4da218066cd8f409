import type { DueBackup, IdleResource } from '../domain/due.ts';
import type { Mode } from '../domain/mode.ts';
import type { Plan } from '../domain/plan.ts';
import type { CopyTask, RunGraph } from '../domain/run-graph.ts';
import type { Catalog } from '../domain/snapshot.ts';
import type { FailureStreaks } from './back-off.ts';

export interface PlanRunInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
  /** Name of this machine; resources of other hosts stay idle. */
  readonly host: string;
  readonly runId: string;
  /** A fresh id per call. */
  readonly newSnapshotId: () => string;
  readonly request: RunRequest;
  /** Targets in a folder of this machine: copies are read there first. */
  readonly near?: ReadonlySet<string>;
  /** Read from the catalog's run events where absent. */
  readonly lastFailures?: FailureStreaks;
}

export type RunRequest =
  /** What is due; of the named resources only, if any are named. */
  | { readonly kind: 'apply'; readonly resources?: readonly string[] }
  /** No backups: only copies that are missing, of the named resources only, if any are named. */
  | { readonly kind: 'repair'; readonly resources?: readonly string[] }
  /** The named resources whatever the schedule says; all where none is named. */
  | {
      readonly kind: 'backup';
      readonly resources: readonly string[];
      readonly mode?: Mode;
      readonly label?: string;
    };

export interface PlannedRun {
  readonly due: readonly DueBackup[];
  readonly idle: readonly IdleResource[];
  /** The backups, with copies of what they build on to targets that lack it. */
  readonly graph: RunGraph;
  /** All copies that are missing, those of the graph included. */
  readonly copies: readonly CopyTask[];
}
