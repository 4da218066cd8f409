import type { DueBackup, IdleResource } from './due.ts';
import type { Mode } from './mode.ts';
import type { CatalogProblem } from './snapshot.ts';

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
  readonly steps: number;
  /** As large as the newest of the same kind; absent where nothing is known. */
  readonly estimatedBytes?: number;
  readonly released: readonly ReleasedSnapshot[];
}

export interface AppliedBase {
  readonly serial: number;
  readonly digest: string;
  readonly at: string;
  readonly holder: string;
  readonly gitCommit?: string;
}

/** A snapshot that retention no longer wants. */
export interface ReleasedSnapshot {
  readonly id: string;
  readonly resource: string;
  readonly mode: Mode;
  readonly consistentAtMs: number;
  /** Ciphertext on one target. */
  readonly bytes: number;
  readonly targets: readonly string[];
}
