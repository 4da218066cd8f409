import { createHash } from 'node:crypto';
import type { SnapshotRecord } from '../domain/record.ts';

/** What must agree between the copies of a snapshot: all that is not binding, time of commit or the heads a writer saw. */
export function contentOf({
  resource,
  resourceType,
  consistentAt,
  artifacts,
  index,
  chain,
}: SnapshotRecord): string {
  const { mode, root, level, parent } = chain;
  return JSON.stringify([
    resource,
    resourceType,
    consistentAt,
    artifacts,
    index,
    mode,
    root,
    level,
    parent?.snapshotId,
  ]);
}

export function digestOfContent(record: SnapshotRecord): string {
  return createHash('sha256').update(contentOf(record)).digest('base64url');
}
