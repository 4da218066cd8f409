import type { ProbeFacts } from '../../catalog/event-facts.ts';
import { newRunId } from '../../catalog/ids.ts';
import { newestProbe } from '../../catalog/probe/newest-probe.ts';
import { probeStore } from '../../catalog/probe/probe-store.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { Examination } from '../../domain/doctor-report.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Ports } from '../ports.ts';
import { leaveProbeEvent } from '../probe-event.ts';
import { machineKey, type MachineKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';
import { fromFailure } from './from-failure.ts';
import { probeExaminations } from './probe-examinations.ts';
import { rightsOf, rightsWithoutCreating } from './rights.ts';

export interface Probing {
  /** False makes nothing on any target; what was found out before is told. */
  readonly probe: boolean;
  /** Also makes enough objects for a listing of two pages. */
  readonly thorough: boolean;
}

/** What each store really does, and what these credentials may do there. */
export async function examineStores(
  ports: Ports,
  workspace: Workspace,
  probing: Probing,
): Promise<readonly Examination[]> {
  const key = await machineKey(ports, workspace.plan);
  const own = key.ok ? key.value : undefined;
  const writable = [...workspace.repositories.values()].filter((repository) => repository.writable);
  const examined = await Promise.all(
    writable.map(async (repository) =>
      probing.probe
        ? probed(ports, workspace, { repository, key: own, thorough: probing.thorough })
        : remembered(ports, workspace, repository),
    ),
  );
  return examined.flat();
}

interface Question {
  readonly repository: Repository;
  /** Absent on a machine that only reads: then nobody vouches for the result. */
  readonly key: MachineKey | undefined;
  readonly thorough: boolean;
}

async function probed(
  ports: Ports,
  workspace: Workspace,
  { repository, key, thorough }: Question,
): Promise<readonly Examination[]> {
  const { clock, timers } = ports;
  const { plan } = workspace;
  const { name } = repository.target;
  const found = await probeStore({ repository, plan: plan.name, clock, timers, thorough });
  const about = { target: name, spec: plan.targets[name], key };
  if (!found.ok) {
    if (found.failure.code !== 'TARGET_DENIED') return [fromFailure('store', name, found.failure)];
    return [await rightsWithoutCreating(repository, { ...about, plan: plan.name, refusal: found.failure })];
  }
  const lost = await leave(ports, workspace, { repository, facts: found.value, key });
  return [
    ...probeExaminations(name, found.value),
    rightsOf({ ...about, facts: found.value }),
    ...(lost === undefined ? [] : [fromFailure('store', name, lost)]),
  ];
}

async function leave(
  ports: Ports,
  workspace: Workspace,
  { repository, facts, key }: Omit<Question, 'thorough'> & { readonly facts: ProbeFacts },
): Promise<Failure | undefined> {
  if (key === undefined) return undefined;
  const runId = newRunId(ports.clock.nowMs());
  const left = await leaveProbeEvent(ports, workspace, { repository, facts, key, runId });
  return left.ok ? undefined : left.failure;
}

function remembered(
  { clock }: Ports,
  { catalog }: Workspace,
  { target: { name }, targetId }: Repository,
): readonly Examination[] {
  const probe = newestProbe(catalog.events, { targetId, nowMs: clock.nowMs() });
  if (probe !== undefined) return probeExaminations(name, probe.facts, probe.atMs);
  const hint = 'Run it without --no-probe, or wait for the next apply.';
  return [{ area: 'store', subject: name, state: 'warning', detail: 'nobody has probed it yet', hint }];
}
