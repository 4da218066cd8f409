import { isProbeDue, newestProbe } from '../../catalog/probe/newest-probe.ts';
import { probeStore } from '../../catalog/probe/probe-store.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { Ports } from '../ports.ts';
import { leaveProbeEvent } from '../probe-event.ts';
import { brokenPromises } from '../probe-words.ts';
import type { MachineKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';

export interface ProbingRun {
  readonly workspace: Workspace;
  readonly key: MachineKey;
  readonly runId: string;
  /** Only these; all where absent or empty. */
  readonly targets?: readonly string[];
}

export interface StoresProbed {
  /** Signed events were added, which the catalog of the workspace does not have. */
  readonly added: boolean;
  readonly notes: readonly string[];
}

/**
 * Finds out what the stores do of which nobody has found it out within a month. What cannot be found
 * out stops no backup: until then a store is taken for what its protocol promises.
 */
export async function probeStores(ports: Ports, run: ProbingRun): Promise<StoresProbed> {
  const { workspace, targets = [] } = run;
  const due = [...workspace.repositories.values()].filter(
    (one) => (targets.length === 0 || targets.includes(one.target.name)) && isDue(ports, workspace, one),
  );
  const probed = await Promise.all(due.map((repository) => probeOne(ports, run, repository)));
  return {
    added: probed.some(({ added }) => added),
    notes: probed.flatMap(({ notes }) => notes),
  };
}

/** Where not every event could be read, a probe may be there. */
function isDue(
  { clock }: Ports,
  { catalog }: Workspace,
  { target, targetId, writable }: Repository,
): boolean {
  if (!writable || !catalog.read.has(target.name)) return false;
  const nowMs = clock.nowMs();
  return isProbeDue(newestProbe(catalog.events, { targetId, nowMs }), nowMs);
}

async function probeOne(
  ports: Ports,
  { workspace, key, runId }: ProbingRun,
  repository: Repository,
): Promise<StoresProbed> {
  const { name } = repository.target;
  const { clock, timers } = ports;
  const found = await probeStore({ repository, plan: workspace.plan.name, clock, timers });
  if (!found.ok)
    return { added: false, notes: [`what the store of ${name} does is not known: ${found.failure.message}`] };
  const written = await leaveProbeEvent(ports, workspace, {
    repository,
    facts: found.value,
    key,
    runId,
  });
  const faults = brokenPromises(found.value).map((fault) => `the store of ${name} ${fault}`);
  if (written.ok) return { added: true, notes: faults };
  return {
    added: false,
    notes: [...faults, `what was found out about ${name} could not be written: ${written.failure.message}`],
  };
}
