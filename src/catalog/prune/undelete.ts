import type { SnapshotRecord } from '../../domain/record.ts';
import { ok, type Result } from '../../domain/result.ts';
import { writeEvent } from '../events.ts';
import { cancelMarks } from './cancel-marks.ts';
import type { PruneContext } from './context.ts';
import { readLifeEvents } from './look-again.ts';
import { hasObjects, readRecords } from './whole.ts';

export interface UndeleteRequest {
  readonly resource: string;
  /** The whole chain; members that were never on this target do not matter. */
  readonly snapshotIds: readonly string[];
  /** What must be whole in the end, with its ancestors; the whole chain where absent. */
  readonly snapshotId?: string;
}

export interface Undeleted {
  /**
   * `restored`: whole, and no run can delete it any more. `unknown`: another run may be deleting it
   * right now. `purged`: it is not whole on this target any more.
   */
  readonly state: 'restored' | 'unknown' | 'purged';
}

/**
 * Takes a chain back from its deletion on one target: pin, so that a sweep that has not looked yet
 * stops; cancel; and only then a look whether one went on before it could see the pin.
 */
export async function undeleteSnapshot(
  context: PruneContext,
  request: UndeleteRequest,
): Promise<Result<Undeleted>> {
  const pinned = await pinUnlessPinned(context, request);
  if (!pinned.ok) return pinned;
  const cancelled = await cancelMarks(context, request.snapshotIds);
  if (!cancelled.ok) return cancelled;
  // After the marks: a sweep takes its marks away last.
  const whole = await isWhole(context, request);
  if (!whole.ok) return whole;
  if (!whole.value) return ok({ state: 'purged' });
  return ok({ state: cancelled.value.isBeingSwept ? 'unknown' : 'restored' });
}

async function pinUnlessPinned(context: PruneContext, request: UndeleteRequest): Promise<Result<void>> {
  const life = await readLifeEvents(context);
  if (!life.ok) return life;
  const nowMs = context.clock.nowMs();
  const isPinned = request.snapshotIds.some((snapshotId) => {
    const pin = life.value.pinOf(snapshotId);
    return pin !== undefined && (pin.untilMs ?? Infinity) > nowMs;
  });
  const snapshotId = request.snapshotId ?? request.snapshotIds.at(-1);
  if (isPinned || snapshotId === undefined) return ok();
  return writeEvent({ ...context, event: 'pin', facts: { snapshotId } });
}

async function isWhole(context: PruneContext, request: UndeleteRequest): Promise<Result<boolean>> {
  const chain = await readChain(context, request);
  if (!chain.ok) return chain;
  const { present, isTorn } = chain.value;
  const wanted = request.snapshotId === undefined ? [...present.keys()] : [request.snapshotId];
  if (wanted.length === 0 || (isTorn && request.snapshotId === undefined)) return ok(false);
  for (const id of withAncestors(wanted, present)) {
    const record = present.get(id);
    const there = record === undefined ? ok(false) : await hasObjects(context, record);
    if (!there.ok || !there.value) return there;
  }
  return ok(true);
}

interface ChainOnTarget {
  readonly present: ReadonlyMap<string, SnapshotRecord>;
  /** A prune deleted some of its members. */
  readonly isTorn: boolean;
}

async function readChain(context: PruneContext, request: UndeleteRequest): Promise<Result<ChainOnTarget>> {
  const records = await readRecords(context, request);
  if (!records.ok) return records;
  const life = await readLifeEvents(context);
  if (!life.ok) return life;
  const present = new Map(records.value.map((record) => [record.snapshotId, record]));
  const isTorn = request.snapshotIds.some((id) => !present.has(id) && life.value.wasPruned(id));
  return ok({ present, isTorn });
}

function withAncestors(
  ids: readonly string[],
  present: ReadonlyMap<string, SnapshotRecord>,
): ReadonlySet<string> {
  const all = new Set<string>();
  for (const id of ids) {
    for (let at: string | undefined = id; at !== undefined && !all.has(at);) {
      all.add(at);
      at = present.get(at)?.chain.parent?.snapshotId;
    }
  }
  return all;
}
