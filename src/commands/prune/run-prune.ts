import type { EventSink, RunOutcome } from '../../domain/events.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import type { PruneOutcome } from '../../domain/prune-report.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { StopSignals } from '../../executor/options.ts';
import { pruneSteps } from '../../planner/prune/prune-steps.ts';
import { runGraph } from '../converge/run-graph.ts';
import type { Ports } from '../ports.ts';
import type { MachineKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';

export interface PruneRun {
  readonly workspace: Workspace;
  readonly planned: PrunePlan;
  readonly pruner: MachineKey;
  readonly runId: string;
  readonly signals: StopSignals;
  readonly emit: EventSink;
}

export interface Pruned {
  readonly outcomes: readonly PruneOutcome[];
  /** Absent where there was nothing to do. */
  readonly outcome?: RunOutcome;
}

/** Carries a prune plan out, as steps like any other. */
export async function runPrune(ports: Ports, run: PruneRun): Promise<Result<Pruned>> {
  const steps = pruneSteps(run.planned);
  if (steps.length === 0) return ok({ outcomes: [] });
  const outcomes: PruneOutcome[] = [];
  const outcome = await runGraph(ports, {
    plan: run.workspace.plan,
    graph: { runId: run.runId, steps },
    workspace: run.workspace,
    writer: run.pruner,
    pruner: run.pruner,
    onPruned: (one) => outcomes.push(one),
    refused: new Map(),
    signals: run.signals,
    emit: run.emit,
  });
  return outcome.ok ? ok({ outcomes: lastOutcomes(outcomes), outcome: outcome.value }) : outcome;
}

/** What an attempt at a chain says counts no more once the next one was made. */
export function lastOutcomes(outcomes: readonly PruneOutcome[]): readonly PruneOutcome[] {
  const subjectOf = ({ target, resource, root }: PruneOutcome) => JSON.stringify([target, resource, root]);
  return [...new Map(outcomes.map((one) => [subjectOf(one), one])).values()];
}

export function isNothingToPrune(planned: PrunePlan): boolean {
  return planned.targets.every(
    ({ condemn, sweep, reprieve, leftovers }) =>
      condemn.length + sweep.length + reprieve.length + leftovers.length === 0,
  );
}
