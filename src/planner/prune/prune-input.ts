import type { Plan } from '../../domain/plan.ts';
import type { Leftover } from '../../domain/prune-plan.ts';
import type { Catalog } from '../../domain/snapshot.ts';

/** What planning a prune needs to know of a target beside its records. */
export interface PruneTargetFacts {
  /** The time of the store, where it could be asked. */
  readonly storeNowMs?: number;
  /** Whether this machine's credentials may delete there, where that was found out. */
  readonly mayRemove?: boolean;
  readonly leftovers: readonly Leftover[];
}

export interface PruneInput {
  /** An apply leaves targets with `prune: separate` alone. */
  readonly kind: 'apply' | 'prune';
  readonly plan: Plan;
  readonly catalog: Catalog;
  /** The targets to prune. */
  readonly targets: Readonly<Record<string, PruneTargetFacts>>;
  readonly nowMs: number;
  /** Only these, and then nothing that is left over. */
  readonly resources?: readonly string[];
  /** Not these: their backup failed. */
  readonly exclude?: readonly string[];
  /** When the retention of a resource last changed, in epoch milliseconds. */
  readonly retentionChangedAmong?: Readonly<Record<string, number>>;
  /** How many snapshots of a resource may go from a target, whatever the delete guard says. */
  readonly allowDelete?: number;
  /** These are backed up before anything is deleted, so it is no matter that they are late now. */
  readonly backedUpFirst?: readonly string[];
}
