import type { RunFacts } from '../../catalog/event-facts.ts';
import type { RunOutcome } from '../../domain/events.ts';
import type { Plan } from '../../domain/plan.ts';
import type { ResourceSummary } from '../../domain/run-report.ts';

/** What the signed run event says. */
export function runFacts(plan: Plan, resources: readonly ResourceSummary[], outcome: RunOutcome): RunFacts {
  return {
    result: resultOf(resources, outcome),
    planDigest: plan.digest,
    durationMs: Math.round(outcome.durationMs),
    resources: resources.map(({ resource, state, mode, snapshotId, targets, failure }) => ({
      resource,
      state: stateOf(state),
      mode,
      ...(targets.length === 0 ? {} : { snapshotId, targets }),
      ...(failure === undefined ? {} : { code: failure.code }),
    })),
  };
}

/** For those who only want to know whether to worry. */
export function stateOf(state: ResourceSummary['state']): 'succeeded' | 'failed' | 'skipped' {
  if (state === 'unchanged') return 'succeeded';
  return state === 'partial' ? 'failed' : state;
}

function resultOf(resources: readonly ResourceSummary[], outcome: RunOutcome): RunFacts['result'] {
  if (outcome.interrupted !== undefined) return 'interrupted';
  if (outcome.failed === 0) return 'succeeded';
  return resources.some((one) => one.targets.length > 0) ? 'partial' : 'failed';
}
