import type { ProbeFacts } from '../catalog/event-facts.ts';
import { writeEvent } from '../catalog/events.ts';
import type { Repository } from '../catalog/repository.ts';
import type { Result } from '../domain/result.ts';
import type { Ports } from './ports.ts';
import type { MachineKey } from './read-keys.ts';
import type { Workspace } from './workspace.ts';

export interface ProbeFinding {
  readonly repository: Repository;
  readonly facts: ProbeFacts;
  readonly key: MachineKey;
  readonly runId: string;
}

/** Leaves what was found out on the target that it is about, for every reader and the next prune. */
export function leaveProbeEvent(
  ports: Ports,
  { plan, verifier }: Workspace,
  { repository, facts, key, runId }: ProbeFinding,
): Promise<Result<void>> {
  return writeEvent({
    repository,
    signer: key.signer,
    verifier,
    clock: ports.clock,
    plan: plan.name,
    runId,
    writer: key.name,
    toolVersion: ports.toolVersion,
    event: 'probe',
    facts,
  });
}
