import { historiesOf } from './history.ts';
import type { PlannedRun, PlanRunInput } from './input.ts';
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
  const sources = {
    historyOf: historiesOf(input.catalog, input.nowMs),
    byId: new Map(input.catalog.snapshots.map((snapshot) => [snapshot.id, snapshot])),
    ticks: rememberTicks(),
  };
  const wishes = gatherWishes(input, sources);
  const planned = planTasks(input, wishes, sources);
  const steps = stepsOf(
    input.plan,
    wishes,
    planned.map(({ task }) => task),
  );
  return { due: planned.map(({ due }) => due), idle: wishes.idle, graph: { runId: input.runId, steps } };
}
