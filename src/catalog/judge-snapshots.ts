import { briefOf } from '../domain/record-brief.ts';
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
 * A snapshot is good when it and every ancestor have a whole copy that is not condemned: a chain
 * with a hole, or one that will have one, cannot be restored, whatever lies above it. What is
 * archived is whole, and can be read once it is thawed. A demoted copy makes nothing good itself, but what was built on it may have been called good before.
 */
export function judgeSnapshots(drafts: readonly Draft[], testimony: Testimony): Snapshot[] {
  const judged = new Map<string, Judged>();
  // Parents first; a record whose level does not exceed its parent's finds no judged parent.
  for (const draft of drafts.toSorted((left, right) => left.record.chain.level - right.record.chain.level)) {
    judged.set(draft.id, { draft, defect: defectOf(draft, judged) });
  }
  return [...judged.values()].map(({ draft, defect }) =>
    snapshotOf(draft, defect ?? demotionOf(draft), testimony),
  );
}

interface Judged {
  readonly draft: Draft;
  /** Why it and what is built on it cannot be restored. */
  readonly defect: string | undefined;
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
    consistentAtMs: briefOf(record).consistentAtMs,
    committedMs: Math.min(...copies.map((copy) => briefOf(copy.record).committedMs)),
    record,
    copies,
    good: defect === undefined,
    ...(defect === undefined ? {} : { defect }),
    ...(verified === undefined ? {} : { verified }),
    ...(pinned === undefined ? {} : { pinned }),
  };
}

function defectOf(draft: Draft, judged: ReadonlyMap<string, Judged>): string | undefined {
  const usable = draft.copies.filter(isUsable);
  if (usable.length === 0) return draft.copies.map(unusable).join(', ');
  const { parent, root, level } = draft.record.chain;
  if (parent === undefined) return undefined;
  const ancestor = judged.get(parent.snapshotId);
  const { record } = ancestor?.draft ?? {};
  if (ancestor === undefined || record === undefined || record.chain.level >= level)
    return `its parent ${parent.snapshotId} is missing`;
  if (record.resource !== draft.record.resource || record.chain.root !== root)
    return `its parent ${parent.snapshotId} belongs to another chain`;
  if (!usable.some((copy) => namesCopyOf(copy.record.chain.parent?.recordSha256, ancestor.draft)))
    return `the record of its parent ${parent.snapshotId} was replaced`;
  return ancestor.defect && `its parent ${parent.snapshotId} is not good: ${ancestor.defect}`;
}

function demotionOf({ copies }: Draft): string | undefined {
  return copies.some((copy) => isUsable(copy) && copy.demoted !== true) ? undefined : DEMOTED;
}

function isUsable({ state }: Copy): boolean {
  return state === 'present' || state === 'archived' || state === 'unknown';
}

function unusable({ target, state }: Copy): string {
  return state === 'condemned' ? `a prune condemned it on ${target}` : `its data on ${target} is ${state}`;
}

function namesCopyOf(recordSha256: string | undefined, ancestor: Draft): boolean {
  return ancestor.copies.some((copy) => copy.recordSha256 === recordSha256);
}
