import type { PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import { writeEvent } from '../events.ts';
import { folders, parseKey, type SnapshotPlace } from '../keys.ts';
import type { LifeEvents } from '../life-events.ts';
import type { PruneContext } from './context.ts';

export interface MemberRequest {
  readonly resource: string;
  readonly member: PruneMember;
  readonly life: LifeEvents;
}

export interface Deletion {
  readonly bytes: number;
  /** False where nothing was deleted. */
  readonly hasBegun: boolean;
  /** Why the store does not let it go. */
  readonly refused?: string;
}

/**
 * Deletes one snapshot: its objects, then the event that explains the gap, then its record. A crash
 * leaves either a record whose mark says that it is being deleted, or one that the event refuses.
 */
export async function deleteMember(context: PruneContext, request: MemberRequest): Promise<Result<Deletion>> {
  const { resource, member, life } = request;
  const { snapshotId, recordSha256, recordKey } = member;
  const objects = await deleteObjects(context, { plan: context.plan, resource, snapshotId });
  if (!objects.ok || objects.value.refused !== undefined) return objects;
  if (!life.isGone(recordSha256)) {
    const facts = { snapshotId, resource, recordSha256 };
    const written = await writeEvent({ ...context, event: 'gone', facts });
    if (!written.ok) return written;
  }
  const removed = await context.repository.target.remove(recordKey);
  const deletion = { bytes: objects.value.bytes, hasBegun: true };
  if (removed.ok) return ok(deletion);
  return removed.failure.code === 'TARGET_DENIED'
    ? ok({ ...deletion, refused: removed.failure.message })
    : removed;
}

/** Artifacts, index and key packets; what else lies in their folders is not ours. */
async function deleteObjects({ repository }: PruneContext, place: SnapshotPlace): Promise<Result<Deletion>> {
  let [bytes, hasBegun] = [0, false];
  for (const folder of [folders.dataOf(place), folders.keysOf(place)]) {
    const listed = await repository.target.list(folder);
    if (!listed.ok) return listed;
    for (const { key, size } of listed.value.filter((object) => isOwn(object.key))) {
      const removed = await repository.target.remove(key);
      if (!removed.ok && removed.failure.code !== 'TARGET_DENIED') return removed;
      if (!removed.ok) return ok({ bytes, hasBegun, refused: removed.failure.message });
      bytes += size;
      hasBegun = true;
    }
  }
  return ok({ bytes, hasBegun });
}

function isOwn(key: string): boolean {
  const kind = parseKey(key)?.kind;
  return kind === 'data' || kind === 'index' || kind === 'keys';
}
