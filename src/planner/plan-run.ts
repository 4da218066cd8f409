import type { CopyTask } from '../domain/run-graph.ts';
import { rememberBelongings } from './belonging.ts';
import { distinctCopies } from './copy-steps.ts';
import { groupByResource, historiesOf } from './history.ts';
import type { PlannedRun, PlanRunInput } from './input.ts';
import { missingCopies } from './missing-copies.ts';
import { rememberReaches } from './reaches.ts';
import { stepsOf } from './steps.ts';
import { planTasks } from './tasks.ts';
import { rememberTicks } from './tick-memory.ts';
import { gatherWishes } from './wishes.ts';

export type { PlannedRun, PlanRunInput } from './input.ts';

/**
 * Compares what the plan asks for with what the catalog proves, and says what to do now. Decides
 * everything: the same input gives the same graph, and whoever runs it has no choice left.
 */
export function planRun(input: PlanRunInput): PlannedRun {
  const byResource = groupByResource(input.catalog.snapshots);
  const reaches = rememberReaches(byResource, input);
  const ticks = rememberTicks();
  const sources = {
    historyOf: historiesOf(input.catalog, input.nowMs),
    byId: new Map(input.catalog.snapshots.map((snapshot) => [snapshot.id, snapshot])),
    ticks,
    reaches,
    belongings: rememberBelongings({ ...input, byResource, reaches, ticks }),
  };
  const wishes = gatherWishes(input, sources);
  const planned = planTasks(input, wishes, sources);
  const steps = stepsOf(input.plan, wishes, planned);
  const parents = planned.flatMap(({ copies }) => copies);
  return {
    due: planned.map(({ due }) => due),
    idle: wishes.idle,
    graph: { runId: input.runId, steps },
    copies: distinctCopies([...parents, ...missingNow(input)]),
  };
}

/** A backup by hand makes no copies but those that it needs. */
function missingNow({ request, ...input }: PlanRunInput): readonly CopyTask[] {
  return request.kind === 'backup' ? [] : missingCopies({ ...input, ...request });
}
