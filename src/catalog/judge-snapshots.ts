import type { Copy, Snapshot } from '../domain/snapshot.ts';
import type { Draft } from './join-copies.ts';
import type { LifeEvents } from './life-events.ts';
import type { Verdicts } from './verdicts.ts';

/** What events of all targets say. */
export interface Testimony {
  readonly verdicts: Verdicts;
  readonly life: LifeEvents;
}

/**
 * A snapshot is good when a copy of it is whole and not condemned and every ancestor is there and
 * good: a chain with a hole, or one that will have one, cannot be restored, whatever lies above it.
 */
export function judgeSnapshots(drafts: readonly Draft[], testimony: Testimony): Snapshot[] {
  const judged = new Map<string, Snapshot>();
  // Parents first; a record whose level does not exceed its parent's finds no judged parent.
  for (const draft of drafts.toSorted((left, right) => left.record.chain.level - right.record.chain.level)) {
    const defect = testimony.life.isDemoted(draft.id) ? DEMOTED : defectOf(draft, judged);
    judged.set(draft.id, snapshotOf(draft, defect, testimony));
  }
  return [...judged.values()];
}

const DEMOTED = 'it was built on a snapshot that a prune had condemned meanwhile';

function snapshotOf(draft: Draft, defect: string | undefined, { verdicts, life }: Testimony): Snapshot {
  const { id, record, copies } = draft;
  const verified = verdicts.verified(id);
  const pinned = life.pinOf(id);
  return {
    id,
    plan: record.plan,
    resource: record.resource,
    mode: record.chain.mode,
    consistentAtMs: Date.parse(record.consistentAt),
    committedMs: Math.min(...copies.map((copy) => Date.parse(copy.record.committed))),
    record,
    copies,
    good: defect === undefined,
    ...(defect === undefined ? {} : { defect }),
    ...(verified === undefined ? {} : { verified }),
    ...(pinned === undefined ? {} : { pinned }),
  };
}

function defectOf(draft: Draft, judged: ReadonlyMap<string, Snapshot>): string | undefined {
  const usable = draft.copies.filter(({ state }) => state === 'present' || state === 'unknown');
  if (usable.length === 0) return draft.copies.map(unusable).join(', ');
  const { parent, root, level } = draft.record.chain;
  if (parent === undefined) return undefined;
  const ancestor = judged.get(parent.snapshotId);
  if (ancestor === undefined || ancestor.record.chain.level >= level)
    return `its parent ${parent.snapshotId} is missing`;
  if (ancestor.resource !== draft.record.resource || ancestor.record.chain.root !== root)
    return `its parent ${parent.snapshotId} belongs to another chain`;
  if (!usable.some((copy) => namesCopyOf(copy.record.chain.parent?.recordSha256, ancestor)))
    return `the record of its parent ${parent.snapshotId} was replaced`;
  return ancestor.good ? undefined : `its parent ${parent.snapshotId} is not good: ${ancestor.defect ?? ''}`;
}

function unusable({ target, state }: Copy): string {
  return state === 'condemned' ? `a prune condemned it on ${target}` : `its data on ${target} is ${state}`;
}

function namesCopyOf(recordSha256: string | undefined, ancestor: Snapshot): boolean {
  return ancestor.copies.some((copy) => copy.recordSha256 === recordSha256);
}
