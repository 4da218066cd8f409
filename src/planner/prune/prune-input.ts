import type { Plan } from '../../domain/plan.ts';
import type { Leftover } from '../../domain/prune-plan.ts';
import type { Catalog } from '../../domain/snapshot.ts';

export interface PruneInput {
  /** An apply leaves targets with `prune: separate` alone. */
  readonly kind: 'apply' | 'prune';
  readonly plan: Plan;
  readonly catalog: Catalog;
  /** The targets to prune. `storeNowMs`: the time of the store, where it could be asked. */
  readonly targets: Readonly<
    Record<string, { readonly storeNowMs?: number; readonly leftovers: readonly Leftover[] }>
  >;
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
