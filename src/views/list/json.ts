import type { ListedCopy, ListedSnapshot, ListReport } from '../../domain/list-report.ts';
import { heldDocument } from '../held.ts';
import { isoText } from '../time.ts';

/** `list --json`. */
export function listDocument({ snapshots, hidden, held, problems }: ListReport): unknown {
  return {
    format: 'backup-plan/list@1.0',
    snapshots: snapshots.map(snapshotDocument),
    hidden,
    held: held.map(heldDocument),
    problems,
  };
}

export function snapshotDocument(snapshot: ListedSnapshot): unknown {
  const { consistentAtMs, committedMs, verified, targets, pinned, ...rest } = snapshot;
  return {
    ...rest,
    consistentAt: isoText(consistentAtMs),
    committedAt: isoText(committedMs),
    ...(verified === undefined ? {} : { verified: { level: verified.level, at: isoText(verified.atMs) } }),
    targets: targets.map(copyDocument),
    pinned: pinned !== undefined,
    ...(pinned?.untilMs !== undefined && { pinnedUntil: isoText(pinned.untilMs) }),
  };
}

function copyDocument({ condemnedUntilMs, ...rest }: ListedCopy): object {
  return { ...rest, ...(condemnedUntilMs !== undefined && { condemnedUntil: isoText(condemnedUntilMs) }) };
}
