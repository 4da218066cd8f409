import type { DueBackup, IdleResource } from './due.ts';
import type { Failure } from './failure.ts';
import type { Mode } from './mode.ts';
import type { CopyTask } from './run-graph.ts';
import type { CatalogProblem } from './snapshot.ts';
import type { StatusFinding } from './status.ts';

/** What `apply` would do now, and what it starts from. */
export interface PlanReport {
  readonly plan: string;
  readonly digest: string;
  readonly atMs: number;
  /** The plan last applied; absent before the first apply, or where the log could not be read. */
  readonly base?: AppliedBase;
  /** The plan file is not the plan last applied. */
  readonly changed: boolean;
  readonly snapshots: number;
  readonly targets: readonly string[];
  /** Targets whose records could not all be read. */
  readonly unread: readonly string[];
  readonly problems: readonly CatalogProblem[];
  readonly due: readonly DueBackup[];
  readonly idle: readonly IdleResource[];
  /** Copies that apply would make after the backups, or before what is built on them. */
  readonly missing: readonly CopyTask[];
  readonly steps: number;
  /** As large as the newest of the same kind; absent where nothing is known. */
  readonly estimatedBytes?: number;
  /** What a prune would mark or delete now. */
  readonly released: readonly ReleasedSnapshot[];
  /** What retention released and a prune would leave alone, and why. */
  readonly held: readonly HeldRelease[];
  /** Marked by an earlier prune; their grace still runs. */
  readonly condemned: readonly CondemnedChain[];
  /** Targets on which only the `prune` command deletes. */
  readonly separate: readonly string[];
  /** Policies of the plan that what exists does not meet. */
  readonly policies: readonly StatusFinding[];
}

export interface AppliedBase {
  readonly serial: number;
  readonly digest: string;
  readonly at: string;
  readonly holder: string;
  readonly gitCommit?: string;
}

/** A snapshot that retention no longer wants, on these targets. */
export interface ReleasedSnapshot {
  readonly id: string;
  readonly resource: string;
  readonly mode: Mode;
  readonly consistentAtMs: number;
  /** Ciphertext on one target. */
  readonly bytes: number;
  readonly targets: readonly string[];
  /** It is marked now and deleted later; absent where it is deleted at once. */
  readonly graceUntilMs?: number;
}

export interface HeldRelease {
  readonly target: string;
  /** Absent where it is about the whole target. */
  readonly resource?: string;
  readonly snapshots: number;
  readonly failure: Failure;
}

export interface CondemnedChain {
  readonly target: string;
  readonly resource: string;
  /** Snapshot id of the full at the bottom. */
  readonly root: string;
  readonly snapshots: number;
  readonly untilMs: number;
}
