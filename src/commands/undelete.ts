import { undeleteSnapshot } from '../catalog/prune/undelete.ts';
import { newRunId } from '../catalog/ids.ts';
import { failure } from '../domain/failure.ts';
import type { ProtectedTarget, ProtectionReport } from '../domain/protection-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { referred, writePinEvents } from './pin.ts';
import type { Ports } from './ports.ts';
import { machineKey, type MachineKey } from './read-keys.ts';
import type { Workspace } from './workspace.ts';

/**
 * Takes a snapshot back from its deletion: pins it, so that retention does not condemn it again, and
 * cancels the marks of its whole chain on every target.
 */
export async function undelete(
  ports: Ports,
  workspace: Workspace,
  reference: string,
): Promise<Result<ProtectionReport>> {
  const snapshot = referred(workspace, reference);
  if (!snapshot.ok) return snapshot;
  const condemned = condemnedTargets(snapshot.value);
  if (condemned.length === 0)
    return failed(
      failure('NOT_FOUND', `${snapshot.value.id} is not marked for deletion`, {
        hint: 'Run `backup-plan list --all` to see which snapshots are.',
      }),
    );
  const key = await machineKey(ports, workspace.plan);
  if (!key.ok) return key;
  const pinned = await writePinEvents(ports, workspace, {
    action: 'pin',
    snapshot: snapshot.value,
    key: key.value,
  });
  const unprotected = pinned.find(({ target, state }) => state === 'failed' && condemned.includes(target));
  if (unprotected?.failure !== undefined) return failed(unprotected.failure);
  const targets: ProtectedTarget[] = [];
  for (const target of condemned)
    targets.push(await undeleteOn(ports, workspace, { target, snapshot: snapshot.value, key: key.value }));
  const { id: snapshotId, resource } = snapshot.value;
  return ok({ action: 'undelete', resource, snapshotId, targets });
}

function condemnedTargets({ copies }: Snapshot): readonly string[] {
  return copies.filter(({ state }) => state === 'condemned').map(({ target }) => target);
}

interface OnTarget {
  readonly target: string;
  readonly snapshot: Snapshot;
  readonly key: MachineKey;
}

async function undeleteOn(
  ports: Ports,
  workspace: Workspace,
  { target, snapshot, key }: OnTarget,
): Promise<ProtectedTarget> {
  const repository = workspace.repositories.get(target);
  if (repository === undefined)
    return {
      target,
      state: 'failed',
      failure: failure('TARGET_UNREACHABLE', `target ${target} is not open`),
    };
  const { root } = snapshot.record.chain;
  const chain = workspace.catalog.snapshots.filter(
    ({ resource, record }) => resource === snapshot.resource && record.chain.root === root,
  );
  const undeleted = await undeleteSnapshot(
    {
      repository,
      signer: key.signer,
      verifier: workspace.verifier,
      clock: ports.clock,
      plan: workspace.plan.name,
      runId: newRunId(ports.clock.nowMs()),
      writer: key.name,
      toolVersion: ports.toolVersion,
    },
    { resource: snapshot.resource, snapshotId: snapshot.id, snapshotIds: chain.map(({ id }) => id) },
  );
  if (!undeleted.ok) return { target, state: 'failed', failure: undeleted.failure };
  return { target, state: undeleted.value.state };
}
