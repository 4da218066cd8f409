import type { Failure } from './failure.ts';
import type { Mode } from './mode.ts';

/**
 * What a prune does now, target by target: a value that planning makes and that both `prune` and
 * `prune --dry-run` show. Carrying it out decides nothing more, but each sweep looks once more for
 * what makes it unsafe, and then keeps.
 */
export interface PrunePlan {
  readonly targets: readonly TargetPrune[];
}

export interface TargetPrune {
  readonly target: string;
  /** Released now, with a grace that begins: they get a mark. */
  readonly condemn: readonly PruneChain[];
  /** Released without a grace, or condemned before and the grace is over: deleted. */
  readonly sweep: readonly PruneChain[];
  /** Condemned before, the grace still runs. */
  readonly waiting: readonly PruneChain[];
  /** Condemned before, and kept now by retention or a pin: their marks are cancelled. */
  readonly reprieve: readonly PruneChain[];
  /** Why nothing, or nothing of a resource, is condemned or swept here. */
  readonly refusals: readonly PruneRefusal[];
  /** Left by killed runs: data without a record, old staging, marks of what is gone. */
  readonly leftovers: readonly Leftover[];
}

/** A full snapshot with everything built on it, as far as one target holds it. */
export interface PruneChain {
  readonly resource: string;
  /** Snapshot id of the full. */
  readonly root: string;
  /** Oldest first. */
  readonly members: readonly PruneMember[];
  /** 0 where it may be swept at once. */
  readonly graceMs: number;
  /** Earliest sweep by this machine's clock; the store's clock has the last word. */
  readonly sweepAtMs: number;
}

export interface PruneMember {
  readonly snapshotId: string;
  readonly recordKey: string;
  readonly recordSha256: string;
  readonly mode: Mode;
  readonly consistentAtMs: number;
  /** Ciphertext of artifacts and index. */
  readonly bytes: number;
  readonly label?: string;
}

export interface PruneRefusal {
  /** Absent where it is about the whole target. */
  readonly resource?: string;
  readonly failure: Failure;
  /** How many snapshots would have been released. */
  readonly held: number;
}

export interface Leftover {
  readonly kind:
    'data' | 'index' | 'staging' | 'mark' | 'intent' | 'record' | 'keys' | 'lease' | 'checkpoint' | 'pack';
  readonly key: string;
  readonly bytes: number;
  /** Epoch milliseconds by the store's clock. */
  readonly modifiedMs: number;
}
