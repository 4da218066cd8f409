import { writeEvent } from '../../catalog/events.ts';
import type { RestoreFacts } from '../../catalog/event-facts.ts';
import { newRunId } from '../../catalog/ids.ts';
import type { RestoredResource, RestoreReport } from '../../domain/restore-report.ts';
import { ok, type Result } from '../../domain/result.ts';
import { machineKey } from '../read-keys.ts';
import type { RestoreTools, Selection } from './request.ts';

interface Ended {
  readonly selections: readonly Selection[];
  readonly report: Result<RestoreReport>;
}

/** Leaves a signed event of each restored resource, where this machine can sign. Returns what to tell where not. An archive takes none. */
export async function leaveRestoreEvents(
  { ports, workspace }: Pick<RestoreTools, 'ports' | 'workspace'>,
  { selections, report }: Ended,
): Promise<string | undefined> {
  const isArchive = [...workspace.repositories.values()].every(({ target }) => target.capabilities.extract);
  if (isArchive) return undefined;
  const key = await machineKey(ports, workspace.plan);
  if (!key.ok) return 'no signing key at hand: this restore leaves no event in the catalog';
  for (const selection of selections) {
    const facts = factsOf(selection, report);
    const repository = facts && workspace.repositories.get(facts.target);
    if (facts === undefined) continue;
    const written =
      repository === undefined
        ? ok()
        : await writeEvent({
            repository,
            signer: key.value.signer,
            verifier: workspace.verifier,
            clock: ports.clock,
            plan: workspace.plan.name,
            runId: newRunId(ports.clock.nowMs()),
            writer: key.value.name,
            toolVersion: ports.toolVersion,
            event: 'restore',
            facts,
          });
    if (!written.ok) return `the event of this restore could not be written: ${written.failure.message}`;
  }
  return undefined;
}

/** Undefined for what was not tried. */
function factsOf({ snapshot }: Selection, report: Result<RestoreReport>): RestoreFacts | undefined {
  const one = report.ok
    ? report.value.resources.find(({ resource }) => resource === snapshot.resource)
    : undefined;
  if (report.ok && (one === undefined || one.state === 'skipped' || one.state === 'earlier'))
    return undefined;
  const why = report.ok ? one?.failure : report.failure;
  const restoreId = report.ok ? report.value.restoreId : undefined;
  return {
    resource: snapshot.resource,
    snapshotId: snapshot.id,
    target: one?.targets[0] ?? snapshot.copies[0]?.target ?? '',
    ...(restoreId === undefined ? {} : { restoreId }),
    ...(why === undefined ? succeeded(one) : { result: 'failed', code: why.code }),
    durationMs: one?.durationMs ?? 0,
  };
}

function succeeded(one: RestoredResource | undefined): Pick<RestoreFacts, 'result' | 'entries' | 'bytes'> {
  const { outcome } = one ?? {};
  if (outcome === undefined) return { result: 'succeeded' };
  return { result: 'succeeded', entries: outcome.entries, bytes: outcome.bytes };
}
