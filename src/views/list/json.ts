import type { ListedCopy, ListedSnapshot, ListReport } from '../../domain/list-report.ts';
import { heldDocument } from '../held.ts';
import { longList } from '../json-pieces.ts';
import { isoText } from '../time.ts';

/** `list --json`. */
export function listDocument({ snapshots, hidden, held, problems }: ListReport): object {
  return {
    format: 'backup-plan/list@1.0',
    snapshots: longList(snapshots, snapshotDocument),
    hidden,
    held: held.map(heldDocument),
    problems,
  };
}

/** Field by field: there may be hundreds of thousands, and spreading costs more than all the rest. */
export function snapshotDocument(snapshot: ListedSnapshot): unknown {
  const { verified, pinned } = snapshot;
  return {
    id: snapshot.id,
    plan: snapshot.plan,
    resource: snapshot.resource,
    type: snapshot.type,
    mode: snapshot.mode,
    status: snapshot.status,
    good: snapshot.good,
    defect: snapshot.defect,
    label: snapshot.label,
    groupId: snapshot.groupId,
    bytes: snapshot.bytes,
    rawBytes: snapshot.rawBytes,
    entries: snapshot.entries,
    parent: snapshot.parent,
    retention: snapshot.retention,
    consistentAt: isoText(snapshot.consistentAtMs),
    committedAt: isoText(snapshot.committedMs),
    verified: verified && { level: verified.level, at: isoText(verified.atMs) },
    targets: snapshot.targets.map(copyDocument),
    pinned: pinned !== undefined,
    pinnedUntil: pinned?.untilMs === undefined ? undefined : isoText(pinned.untilMs),
  };
}

function copyDocument({ condemnedUntilMs, ...rest }: ListedCopy): object {
  return { ...rest, ...(condemnedUntilMs !== undefined && { condemnedUntil: isoText(condemnedUntilMs) }) };
}
