import { factsOf } from '../../catalog/event-facts.ts';
import { writeEvent } from '../../catalog/events.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { RunOutcome } from '../../domain/events.ts';
import type { Ports } from '../ports.ts';
import { notify } from './notify.ts';
import type { Decided } from './request.ts';
import { runFacts } from './run-facts.ts';
import { isProtected, type CopySummary, type ResourceSummary } from '../../domain/run-report.ts';
import type { EventRecord } from '../../domain/snapshot.ts';

interface Ended {
  readonly runId: string;
  readonly resources: readonly ResourceSummary[];
  readonly copies: readonly CopySummary[];
  readonly outcome: RunOutcome;
}

/** Leaves a signed event and tells the receivers. Returns warnings: neither can change the result of the run. */
export async function aftermath(ports: Ports, decided: Decided, ended: Ended): Promise<readonly string[]> {
  if (ended.resources.length + ended.copies.length === 0) return [];
  const { workspace, mandate } = decided;
  const repository =
    workspace.repositories.get(mandate.plan.state) ?? [...workspace.repositories.values()][0];
  const left = repository === undefined ? [] : await leaveEvent(ports, { decided, ended, repository });
  // Who is told of backups is not told that there was none to take.
  if (ended.resources.length + ended.outcome.failures.length === 0) return left;
  const told = await notify({
    ports,
    plan: mandate.plan,
    runId: ended.runId,
    resources: ended.resources,
    failures: ended.outcome.failures,
    recovered: hasRecovered(workspace.catalog.events, ended.resources),
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
    facts: runFacts(mandate.plan, ended),
  });
  return written.ok ? [] : [`the run event could not be written: ${written.failure.message}`];
}

/** Judged by each resource's own last run: others may have run since, or still be failing. */
export function hasRecovered(events: readonly EventRecord[], resources: readonly ResourceSummary[]): boolean {
  const last = new Map<string, string>();
  for (const event of events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const said = factsOf(event);
    if (said.event !== 'run') continue;
    for (const { resource, state } of said.facts.resources) last.set(resource, state);
  }
  const failedThen = ({ resource }: ResourceSummary) => (last.get(resource) ?? 'succeeded') !== 'succeeded';
  return resources.some(failedThen) && resources.every(isProtected);
}
