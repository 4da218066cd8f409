import type { PrunePlan } from '../../domain/prune-plan.ts';
import type { Step } from '../../domain/run-graph.ts';

export function pruneSteps({ targets }: PrunePlan): Step[] {
  return targets.flatMap(({ target, leftovers }) =>
    leftovers.length === 0
      ? []
      : [
          {
            id: `collect on ${target}`,
            action: { kind: 'collect', target, leftovers },
            needs: [],
            lane: { kind: 'target', target },
            retries: 2,
            subject: target,
          },
        ],
  );
}
