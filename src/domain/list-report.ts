import type { Mode } from './mode.ts';
import type { HeldRelease } from './plan-report.ts';
import type { CatalogProblem, CopyState, VerifyLevel } from './snapshot.ts';

/** A snapshot as `list` and `show` tell of it. */
export interface ListedSnapshot {
  readonly id: string;
  readonly plan: string;
  readonly resource: string;
  readonly type: string;
  readonly mode: Mode;
  readonly status: 'complete' | 'complete-with-warnings';
  readonly good: boolean;
  /** Why it is not good. */
  readonly defect?: string;
  readonly label?: string;
  readonly groupId?: string;
  readonly consistentAtMs: number;
  readonly committedMs: number;
  /** Ciphertext of all artifacts. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly entries: number;
  readonly parent?: string;
  readonly verified?: { readonly level: VerifyLevel; readonly atMs: number };
  readonly targets: readonly ListedCopy[];
  /** A pin that is in force. */
  readonly pinned?: { readonly untilMs?: number };
  /** What retention says of it; absent without a plan, and for resources that the plan does not have. */
  readonly retention?: ListedRetention;
}

export interface ListedCopy {
  readonly name: string;
  readonly state: CopyState;
  /** Marked for deletion; it may be deleted from then on. */
  readonly condemnedUntilMs?: number;
}

export interface ListedRetention {
  /** On any target. */
  readonly keptBy: readonly string[];
  /** No target keeps it. */
  readonly released: boolean;
  /** The targets that do not keep it, where others do. */
  readonly releasedOn?: readonly string[];
}

export interface ListReport {
  readonly atMs: number;
  /** Newest last, by resource. */
  readonly snapshots: readonly ListedSnapshot[];
  /** Left out because they are not good. */
  readonly hidden: number;
  /** What is released and not pruned all the same, and why. */
  readonly held: readonly HeldRelease[];
  readonly problems: readonly CatalogProblem[];
}

/** One snapshot with where it comes from and what it needs. */
export interface ShowReport {
  readonly atMs: number;
  readonly snapshot: ListedSnapshot;
  readonly provenance: Provenance;
  /** What a restore reads, the full first and the snapshot itself last; ends early where the chain is broken. */
  readonly chain: readonly ListedSnapshot[];
  readonly artifacts: readonly ListedArtifact[];
  readonly warnings: readonly string[];
}

export interface Provenance {
  readonly writer: string;
  readonly runId: string;
  readonly planDigest: string;
  readonly gitCommit?: string;
  readonly toolVersion: string;
  readonly startedAt: string;
  readonly durationMs: number;
  /** The schedule tick that it answers. */
  readonly slot?: string;
  readonly nextExpectedBy?: string;
  readonly fallback?: string;
}

export interface ListedArtifact {
  readonly name: string;
  readonly key: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly rawBytes: number;
  /** Lower-case hex of the ciphertext. */
  readonly sha256: string;
  readonly compression: string;
  readonly recipients: readonly string[];
  readonly tool: string;
  readonly completion: string;
}
