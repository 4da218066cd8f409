import { writeEvent } from '../catalog/events.ts';
import { newRunId } from '../catalog/ids.ts';
import type { UndoReport } from '../domain/restore-report.ts';
import { machineKey } from './read-keys.ts';
import type { RestoreTools } from './restore/request.ts';

interface Ended {
  readonly report: UndoReport;
  readonly durationMs: number;
}

/** Leaves a signed event on the first open target. Returns what to tell where it cannot. */
export async function leaveUndoEvent(
  { ports, workspace }: Pick<RestoreTools, 'ports' | 'workspace'>,
  { report, durationMs }: Ended,
): Promise<string | undefined> {
  const key = await machineKey(ports, workspace.plan);
  const repository =
    workspace.repositories.get(workspace.plan.state) ?? [...workspace.repositories.values()][0];
  if (!key.ok || repository === undefined) return 'this undo leaves no event in the catalog';
  const why = report.resources.find(({ state }) => state === 'failed')?.failure;
  const written = await writeEvent({
    repository,
    signer: key.value.signer,
    verifier: workspace.verifier,
    clock: ports.clock,
    plan: workspace.plan.name,
    runId: newRunId(ports.clock.nowMs()),
    writer: key.value.name,
    toolVersion: ports.toolVersion,
    event: 'undo',
    facts: {
      restoreId: report.restoreId,
      result: why === undefined ? 'succeeded' : 'failed',
      durationMs,
      ...(why === undefined ? {} : { code: why.code }),
    },
  });
  return written.ok ? undefined : `the event of this undo could not be written: ${written.failure.message}`;
}
