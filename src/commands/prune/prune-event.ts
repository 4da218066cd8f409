import { writeEvent } from '../../catalog/events.ts';
import type { Ports } from '../ports.ts';
import type { PruneRun, Pruned } from './run-prune.ts';

/** Leaves a signed event of a prune that did something. Returns what to tell where it could not. */
export async function leavePruneEvent(
  ports: Ports,
  { workspace, pruner, runId }: PruneRun,
  { outcomes, outcome }: Pruned,
): Promise<readonly string[]> {
  const { plan, repositories, verifier } = workspace;
  const repository = repositories.get(plan.state) ?? [...repositories.values()][0];
  if (outcome === undefined || repository === undefined) return [];
  const swept = outcomes.filter(({ state }) => state === 'swept');
  const written = await writeEvent({
    repository,
    signer: pruner.signer,
    verifier,
    clock: ports.clock,
    plan: plan.name,
    runId,
    writer: pruner.name,
    toolVersion: ports.toolVersion,
    event: 'prune',
    facts: {
      result: outcome.failed === 0 ? 'succeeded' : 'failed',
      condemned: sum(outcomes.filter(({ state }) => state === 'condemned').map((one) => one.snapshots)),
      swept: sum(swept.map((one) => one.snapshots)),
      bytes: sum(swept.map((one) => one.bytes)),
      durationMs: Math.round(outcome.durationMs),
    },
  });
  return written.ok ? [] : [`the event of this prune could not be written: ${written.failure.message}`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
