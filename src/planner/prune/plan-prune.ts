import type { Plan } from '../../domain/plan.ts';
import type { Leftover, PrunePlan } from '../../domain/prune-plan.ts';
import type { Catalog } from '../../domain/snapshot.ts';

export interface PruneInput {
  readonly kind: 'apply' | 'prune';
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly targets: Readonly<
    Record<string, { readonly storeNowMs?: number; readonly leftovers: readonly Leftover[] }>
  >;
  readonly nowMs: number;
  readonly resources?: readonly string[];
  readonly exclude?: readonly string[];
  readonly retentionChangedAmong?: Readonly<Record<string, number>>;
  readonly allowDelete?: number;
}

export function planPrune({ targets }: PruneInput): PrunePlan {
  const untouched = { condemn: [], sweep: [], waiting: [], reprieve: [], refusals: [] };
  return {
    targets: Object.entries(targets).map(([target, { leftovers }]) => ({ target, leftovers, ...untouched })),
  };
}
