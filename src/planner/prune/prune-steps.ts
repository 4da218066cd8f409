import type { PruneChain, PrunePlan, TargetPrune } from '../../domain/prune-plan.ts';
import type { Step } from '../../domain/run-graph.ts';

/**
 * One step per chain. Of a resource on a target, what begins its grace comes before what is deleted:
 * where a store takes no mark, nothing is deleted either.
 */
export function pruneSteps({ targets }: PrunePlan): Step[] {
  return targets.flatMap((planned) => {
    const reprieves = planned.reprieve.map((chain) => chainStep('reprieve', planned, chain));
    const marks = planned.condemn.map((chain) => chainStep('condemn', planned, chain));
    const marksOf = new Map<string, string[]>();
    for (const { id, subject } of marks) marksOf.set(subject, [...(marksOf.get(subject) ?? []), id]);
    const sweeps = planned.sweep.map((chain) => {
      const needs = marksOf.get(chain.resource) ?? [];
      return { ...chainStep('sweep', planned, chain), needs };
    });
    return [...reprieves, ...marks, ...sweeps, ...collectStep(planned)];
  });
}

const RETRIES = 2;

function chainStep(kind: 'condemn' | 'sweep' | 'reprieve', { target }: TargetPrune, chain: PruneChain): Step {
  return {
    id: `${kind} ${chain.resource}@${chain.root} on ${target}`,
    action: { kind, target, chain },
    needs: [],
    lane: { kind: 'target', target },
    retries: RETRIES,
    subject: chain.resource,
  };
}

function collectStep({ target, leftovers }: TargetPrune): Step[] {
  if (leftovers.length === 0) return [];
  return [
    {
      id: `collect on ${target}`,
      action: { kind: 'collect', target, leftovers },
      needs: [],
      lane: { kind: 'target', target },
      retries: RETRIES,
      subject: target,
    },
  ];
}
