import { writeEvent } from '../../catalog/events.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { RunOutcome } from '../../domain/events.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { notify } from './notify.ts';
import type { Decided } from './request.ts';
import { runFacts } from './run-facts.ts';
import type { ResourceSummary } from '../../domain/run-report.ts';

interface Ended {
  readonly runId: string;
  readonly resources: readonly ResourceSummary[];
  readonly outcome: RunOutcome;
}

/** Leaves a signed event and tells the receivers. Returns warnings: neither can change the result of the run. */
export async function aftermath(ports: Ports, decided: Decided, ended: Ended): Promise<readonly string[]> {
  if (ended.resources.length === 0) return [];
  const { workspace, mandate } = decided;
  const repository =
    workspace.repositories.get(mandate.plan.state) ?? [...workspace.repositories.values()][0];
  const left = repository === undefined ? [] : await leaveEvent(ports, { decided, ended, repository });
  const told = await notify({
    ports,
    plan: mandate.plan,
    runId: ended.runId,
    resources: ended.resources,
    recovered: hasRecovered(workspace, ended.resources),
  });
  return [...left, ...told];
}

async function leaveEvent(
  ports: Ports,
  {
    decided,
    ended,
    repository,
  }: { readonly decided: Decided; readonly ended: Ended; readonly repository: Repository },
): Promise<readonly string[]> {
  const { mandate, workspace, writer } = decided;
  const written = await writeEvent({
    repository,
    signer: writer.signer,
    verifier: workspace.verifier,
    clock: ports.clock,
    plan: mandate.plan.name,
    runId: ended.runId,
    writer: writer.name,
    toolVersion: ports.toolVersion,
    event: 'run',
    facts: runFacts(mandate.plan, ended.resources, ended.outcome),
  });
  return written.ok ? [] : [`the run event could not be written: ${written.failure.message}`];
}

function hasRecovered({ catalog }: Workspace, resources: readonly ResourceSummary[]): boolean {
  const last = catalog.events.findLast((event) => event.event === 'run');
  const failedThen = last !== undefined && last.facts['result'] !== 'succeeded';
  return failedThen && resources.every((one) => one.state === 'succeeded');
}
