import { writeEvent } from '../catalog/events.ts';
import type { EventFacts } from '../catalog/event-facts.ts';
import { newRunId } from '../catalog/ids.ts';
import type { Repository } from '../catalog/repository.ts';
import type { Clock } from '../domain/clock.ts';
import { failure } from '../domain/failure.ts';
import type { ProtectedTarget, ProtectionReport } from '../domain/protection-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { EventRecord, Snapshot } from '../domain/snapshot.ts';
import type { Ports } from './ports.ts';
import { machineKey, type MachineKey } from './read-keys.ts';
import { parseSnapshotReference, selectSnapshot } from './snapshot-selector.ts';
import type { Workspace } from './workspace.ts';

export interface PinRequest {
  readonly action: 'pin' | 'unpin';
  /** `resource[@selector]`. */
  readonly reference: string;
  /** For a pin: when it ends by itself. */
  readonly untilMs?: number;
}

/** Says on every open target that a snapshot stays beyond retention, or no longer. */
export async function pin(
  ports: Ports,
  workspace: Workspace,
  request: PinRequest,
): Promise<Result<ProtectionReport>> {
  const { action, untilMs } = request;
  const snapshot = referred(workspace, request.reference);
  if (!snapshot.ok) return snapshot;
  const refused = checkPin(ports, snapshot.value, request);
  if (!refused.ok) return refused;
  const key = await machineKey(ports, workspace.plan);
  if (!key.ok) return key;
  const written = await writePinEvents(ports, workspace, {
    ...request,
    snapshot: snapshot.value,
    key: key.value,
  });
  const targets = action === 'pin' ? await afterAnotherLook(workspace, snapshot.value, written) : written;
  const { id: snapshotId, resource } = snapshot.value;
  return ok({ action, resource, snapshotId, ...(untilMs === undefined ? {} : { untilMs }), targets });
}

/** A sweep that looked for pins a moment before may have gone on: what it took is not called pinned. */
async function afterAnotherLook(
  workspace: Workspace,
  before: Snapshot,
  targets: readonly ProtectedTarget[],
): Promise<readonly ProtectedTarget[]> {
  const { snapshots } = await workspace.reread();
  const now = snapshots.find(({ id }) => id === before.id);
  return targets.map((one) => {
    const was = before.copies.find(({ target }) => target === one.target)?.state;
    if (one.state !== 'written' || was !== 'present') return one;
    const copy = now?.copies.find(({ target }) => target === one.target);
    if (copy === undefined) return { ...one, state: 'purged' };
    return copy.state === 'present' ? one : { ...one, state: 'unknown' };
  });
}

export function referred(workspace: Workspace, text: string): Result<Snapshot> {
  const reference = parseSnapshotReference(text);
  return reference.ok ? selectSnapshot(workspace.catalog, reference.value) : reference;
}

function checkPin(ports: Ports, { id, copies, pinned }: Snapshot, request: PinRequest): Result<void> {
  if (request.action === 'unpin') {
    return pinned === undefined ? failed(failure('NOT_FOUND', `${id} is not pinned`)) : ok();
  }
  if (request.untilMs !== undefined && request.untilMs <= ports.clock.nowMs())
    return failed(failure('USAGE', '--until lies in the past'));
  const isCondemned = copies.length > 0 && copies.every(({ state }) => state === 'condemned');
  return isCondemned ? failed(failure('SNAPSHOT_CONDEMNED', `${id} is marked for deletion`)) : ok();
}

export interface PinEvent extends Pick<PinRequest, 'action' | 'untilMs'> {
  readonly snapshot: Snapshot;
  readonly key: MachineKey;
}

export async function writePinEvents(
  ports: Ports,
  { plan, repositories, closed, verifier, catalog }: Workspace,
  event: PinEvent,
): Promise<readonly ProtectedTarget[]> {
  const runId = newRunId(ports.clock.nowMs());
  const clock = clockAfter(catalog.events, event.snapshot.id, ports.clock);
  const write = async (repository: Repository): Promise<ProtectedTarget> => {
    const written = await writeEvent({
      repository,
      verifier,
      signer: event.key.signer,
      clock,
      plan: plan.name,
      runId,
      writer: event.key.name,
      toolVersion: ports.toolVersion,
      ...factsOf(event),
    });
    const { name: target } = repository.target;
    return written.ok ? { target, state: 'written' } : { target, state: 'failed', failure: written.failure };
  };
  const open = await Promise.all([...repositories.values()].map(write));
  const unreached = [...closed].map(([target, { failure: why }]): ProtectedTarget => {
    return { target, state: 'failed', failure: why };
  });
  return [...open, ...unreached];
}

/**
 * Of pins and unpins the newest counts, and clocks differ: what is said now is dated after all that
 * was said of the snapshot before.
 */
export function clockAfter(events: readonly EventRecord[], snapshotId: string, clock: Clock): Clock {
  const earlier = events.filter(
    ({ event, facts }) => (event === 'pin' || event === 'unpin') && facts['snapshotId'] === snapshotId,
  );
  const lastMs = earlier.reduce((newest, { at }) => Math.max(newest, Date.parse(at)), -Infinity);
  return { ...clock, nowMs: () => Math.max(clock.nowMs(), lastMs + 1) };
}

function factsOf({ action, untilMs, snapshot }: PinEvent): EventFacts {
  const facts = { snapshotId: snapshot.id };
  if (action === 'unpin') return { event: 'unpin', facts };
  const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
  return { event: 'pin', facts: { ...facts, ...until } };
}
