import type { ListedSnapshot, ListReport } from '../../domain/list-report.ts';
import { isoText } from '../time.ts';

/** `list --json`. */
export function listDocument({ snapshots, hidden, problems }: ListReport): unknown {
  return { format: 'backup-plan/list@1.0', snapshots: snapshots.map(snapshotDocument), hidden, problems };
}

export function snapshotDocument(snapshot: ListedSnapshot): unknown {
  const { consistentAtMs, committedMs, verified, ...rest } = snapshot;
  return {
    ...rest,
    consistentAt: isoText(consistentAtMs),
    committedAt: isoText(committedMs),
    ...(verified === undefined ? {} : { verified: { level: verified.level, at: isoText(verified.atMs) } }),
    pinned: false,
  };
}
