import type { Mode } from './mode.ts';
import type { Leftover, PruneChain } from './prune-plan.ts';

/**
 * The DAG of steps that `apply` would execute now. A value: planning makes it, the executor runs
 * it, and no decision is left in between.
 */
export interface RunGraph {
  readonly runId: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Unique and readable: `capture calls`, `ship calls → offsite`. */
  readonly id: string;
  readonly action: StepAction;
  /** Steps that must have succeeded. */
  readonly needs: readonly string[];
  /** Steps that must have ended, however, and at least one of them started: finalizers. */
  readonly after?: readonly string[];
  readonly lane: Lane;
  readonly timeoutMs?: number;
  readonly retries: number;
  /** Resource or group for grouping in views and for `onFailure`. */
  readonly subject: string;
}

/** Concurrency limits: every step holds a place in each lane that it names. */
export type Lane = { readonly kind: 'host' } | { readonly kind: 'target'; readonly target: string };

export type StepAction =
  | {
      readonly kind: 'hook';
      readonly owner: string;
      readonly moment: 'before' | 'after' | 'onFailure';
      readonly argv: readonly (readonly string[])[];
    }
  | { readonly kind: 'capture'; readonly task: BackupTask }
  | { readonly kind: 'ship'; readonly task: BackupTask; readonly target: string }
  | { readonly kind: 'commit'; readonly task: BackupTask; readonly target: string }
  | { readonly kind: 'copy'; readonly copy: CopyTask }
  | { readonly kind: 'condemn'; readonly target: string; readonly chain: PruneChain }
  | { readonly kind: 'sweep'; readonly target: string; readonly chain: PruneChain }
  | { readonly kind: 'reprieve'; readonly target: string; readonly chain: PruneChain }
  | { readonly kind: 'collect'; readonly target: string; readonly leftovers: readonly Leftover[] };

export type StepKind = StepAction['kind'];

/** One snapshot to take. */
export interface BackupTask {
  readonly snapshotId: string;
  readonly resource: string;
  readonly mode: Mode;
  readonly targets: readonly string[];
  /** Snapshot to build on, for incremental modes. */
  readonly parentId?: string;
  /** Why a full is taken where the schedule asked for less. */
  readonly fallback?: string;
  readonly groupId?: string;
  readonly label?: string;
  /** Good snapshot to compare with: equal content gives no snapshot but an `unchanged` event. */
  readonly unlessEqualTo?: string;
  /** Schedule tick that made it due, epoch milliseconds. */
  readonly slotMs?: number;
  /** When the next one is expected at the latest, epoch milliseconds. */
  readonly nextExpectedByMs?: number;
  /** The same for targets that expect it later, because only some snapshots go there. */
  readonly nextExpectedOn?: Readonly<Record<string, number>>;
}

/** One copy to make: of a snapshot that exists, on a target that lacks it. */
export interface CopyTask {
  readonly snapshotId: string;
  readonly resource: string;
  readonly mode: Mode;
  readonly target: string;
  /** Targets that hold it, the nearest first. */
  readonly sources: readonly string[];
  /** Ciphertext of artifacts and index. */
  readonly bytes: number;
  /** Must be on the target before. */
  readonly parentId?: string;
  /** When the target expects a newer one, where that is not what the copies elsewhere say. */
  readonly nextExpectedByMs?: number;
}
