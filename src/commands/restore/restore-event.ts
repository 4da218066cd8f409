import { writeEvent } from '../../catalog/events.ts';
import { newRunId } from '../../catalog/ids.ts';
import type { RestoreReport } from '../../domain/restore-report.ts';
import type { Result } from '../../domain/result.ts';
import type { Ports } from '../ports.ts';
import { writerKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';
import type { RestorePlan } from './restore.ts';

interface Restored {
  readonly plan: RestorePlan;
  readonly restored: Result<RestoreReport>;
}

/** Leaves a signed event of the restore, where this machine can sign. Returns what to tell where not. */
export async function leaveRestoreEvent(
  ports: Ports,
  workspace: Workspace,
  { plan, restored }: Restored,
): Promise<string | undefined> {
  const target = restored.ok ? restored.value.targets[0] : plan.snapshot.copies[0]?.target;
  const repository = target === undefined ? undefined : workspace.repositories.get(target);
  const writer = await writerKey(ports, workspace.plan);
  if (target === undefined || repository === undefined || !writer.ok) {
    return 'no signing key at hand: this restore leaves no event in the catalog';
  }
  const written = await writeEvent({
    repository,
    signer: writer.value.signer,
    verifier: workspace.verifier,
    clock: ports.clock,
    plan: workspace.plan.name,
    runId: newRunId(ports.clock.nowMs()),
    writer: writer.value.name,
    toolVersion: ports.toolVersion,
    event: 'restore',
    facts: {
      resource: plan.snapshot.resource,
      snapshotId: plan.snapshot.id,
      target,
      ...(restored.ok
        ? {
            result: 'succeeded',
            entries: restored.value.outcome.entries,
            bytes: restored.value.outcome.bytes,
            durationMs: restored.value.durationMs,
          }
        : { result: 'failed', durationMs: 0, code: restored.failure.code }),
    },
  });
  return written.ok
    ? undefined
    : `the event of this restore could not be written: ${written.failure.message}`;
}
