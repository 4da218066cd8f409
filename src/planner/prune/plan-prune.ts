import type { ResourceSpec } from '../../domain/plan.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import { groupByResource } from '../history.ts';
import { rememberTicks } from '../tick-memory.ts';
import { unchangedByResource } from '../unchanged.ts';
import { judgeTarget, type JudgedTarget } from './judge-target.ts';
import type { PruneInput } from './prune-input.ts';

export type { PruneInput } from './prune-input.ts';

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
