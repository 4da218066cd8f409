import type { RunFacts } from '../../catalog/event-facts.ts';
import type { RunOutcome } from '../../domain/events.ts';
import type { Plan } from '../../domain/plan.ts';
import type { CopySummary, ResourceSummary } from '../../domain/run-report.ts';

export interface RunResults {
  readonly resources: readonly ResourceSummary[];
  readonly copies: readonly CopySummary[];
  readonly outcome: RunOutcome;
}

/** What the signed run event says. */
export function runFacts(plan: Plan, { resources, copies, outcome }: RunResults): RunFacts {
  return {
    result: resultOf({ resources, copies, outcome }),
    planDigest: plan.digest,
    durationMs: Math.round(outcome.durationMs),
    resources: resources.map(({ resource, state, mode, snapshotId, targets, missing, failure }) => ({
      resource,
      state: stateOf(state),
      mode,
      ...(targets.length === 0 ? {} : { snapshotId, targets }),
      ...(targets.length === 0 || missing.length === 0 ? {} : { missing }),
      ...(failure === undefined ? {} : { code: failure.code }),
    })),
    ...(copies.length === 0 ? {} : { copies: copies.slice(0, MAX_COPIES).map(copyFacts) }),
  };
}

/** Events are small; the catalog says the rest. */
const MAX_COPIES = 1000;

function copyFacts({
  snapshotId,
  resource,
  target,
  state,
  failure,
}: CopySummary): NonNullable<RunFacts['copies']>[number] {
  return { snapshotId, resource, target, state, ...(failure === undefined ? {} : { code: failure.code }) };
}

/** For those who only want to know whether to worry. */
export function stateOf(state: ResourceSummary['state']): 'succeeded' | 'failed' | 'skipped' {
  if (state === 'unchanged') return 'succeeded';
  return state === 'partial' ? 'failed' : state;
}

function resultOf({ resources, copies, outcome }: RunResults): RunFacts['result'] {
  if (outcome.interrupted !== undefined) return 'interrupted';
  if (outcome.failed === 0) return 'succeeded';
  const isSome =
    resources.some((one) => one.targets.length > 0) || copies.some((one) => one.state === 'copied');
  return isSome ? 'partial' : 'failed';
}
