import { failure } from '../../../domain/failure.ts';
import type { Plan } from '../../../domain/plan.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { converge } from '../../converge/converge.ts';
import { writePinEvents } from '../../pin.ts';
import { machineKey } from '../../read-keys.ts';
import { safetyLabel } from '../../../domain/safety-snapshot.ts';
import { refreshed } from '../../workspace.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';

interface Asked {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly restoreId: string;
}

/** A snapshot of the live resource, committed and pinned: what an undo loads. Returns its id. */
export async function takeSafetySnapshot(tools: RestoreTools, asked: Asked): Promise<Result<string>> {
  const { ports, workspace } = tools;
  const { resource } = asked.selection.snapshot;
  asked.request.note(`taking a snapshot of ${resource} as it is now`);
  const { signal } = asked.request;
  const report = await converge(ports, withoutSizeGuards(workspace.plan, resource), {
    kind: 'backup',
    resources: [resource],
    label: safetyLabel(asked.restoreId),
    approval: { kind: 'none' },
    initTargets: [],
    // The service is quiet already; hooks of the backup would start it in the middle.
    hooks: (asked.selection.spec?.restore.hooks.before.length ?? 0) === 0,
    prune: false,
    dryRun: false,
    wait: true,
    signals: { graceful: signal, forceful: signal },
    emit: () => undefined,
  });
  if (!report.ok) return failed({ ...report.failure, hint: HINT });
  const taken = report.value.resources.find((one) => one.resource === resource);
  if (taken === undefined || taken.targets.length === 0) {
    const why =
      taken?.failure ?? failure('SOURCE_FAILED', `no snapshot of the live ${resource} could be taken`);
    return failed({ ...why, hint: HINT });
  }
  await pinIt(tools, asked.request, taken.snapshotId);
  return ok(taken.snapshotId);
}

/** What is to be replaced may well be half of what it was: that is why it is replaced. Nothing at all stays suspect. */
function withoutSizeGuards(plan: Plan, resource: string): Plan {
  const spec = plan.resources[resource];
  if (spec === undefined) return plan;
  const source = { maxDrop: 1, allowEmpty: spec.source.allowEmpty };
  return { ...plan, resources: { ...plan.resources, [resource]: { ...spec, source } } };
}

const HINT = 'Where nothing of the live resource is worth keeping, pass --no-backup-existing.';

/** Retention must not take the way back; where the pin cannot be written, a person should know. */
async function pinIt(
  { ports, workspace }: RestoreTools,
  request: RestoreRequest,
  snapshotId: string,
): Promise<void> {
  const { catalog } = await refreshed(workspace);
  const snapshot = catalog.snapshots.find(({ id }) => id === snapshotId);
  const key = await machineKey(ports, workspace.plan);
  const written =
    snapshot === undefined || !key.ok
      ? []
      : await writePinEvents(ports, workspace, { action: 'pin', snapshot, key: key.value });
  if (written.some(({ state }) => state === 'written')) return;
  request.note(`${snapshotId} could not be pinned: retention may delete it`);
}
