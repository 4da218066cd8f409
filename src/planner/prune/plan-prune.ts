import type { Plan, ResourceSpec } from '../../domain/plan.ts';
import type { Leftover, PrunePlan } from '../../domain/prune-plan.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import { groupByResource } from '../history.ts';
import { rememberTicks } from '../tick-memory.ts';
import { unchangedByResource } from '../unchanged.ts';
import { judgeTarget, type JudgedTarget } from './judge-target.ts';

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

/**
 * What a prune may do now, target by target: the same input gives the same plan. Resources that the
 * plan does not have, or has disabled, keep everything.
 */
export function planPrune(input: PruneInput): PrunePlan {
  return { targets: judgeTargets(input).map(({ prune }) => prune) };
}

/** The same, with why each snapshot stays. */
export function judgeTargets(input: PruneInput): readonly JudgedTarget[] {
  const { plan, catalog, kind } = input;
  const facts = {
    ...input,
    byResource: groupByResource(catalog.snapshots),
    unchanged: unchangedByResource(catalog.events),
    ticks: rememberTicks(),
    inRun: new Set(input.backedUpFirst),
    wanted: wantedOf(input),
  };
  const names = Object.keys(input.targets).filter((name) => {
    const spec = plan.targets[name];
    return spec !== undefined && !(kind === 'apply' && spec.prune === 'separate');
  });
  return names.map((name) => judgeTarget(name, facts));
}

function wantedOf({ plan, resources, exclude }: PruneInput): ResourceSpec[] {
  const only = resources && new Set(resources);
  const without = new Set(exclude);
  return Object.values(plan.resources).filter(
    ({ name, enabled }) => enabled && only?.has(name) !== false && !without.has(name),
  );
}
