import type { CopyMark } from '../domain/mark.ts';
import { briefOf } from '../domain/record-brief.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import type { Copy, CopyState } from '../domain/snapshot.ts';
import type { Draft } from './join-copies.ts';
import type { TargetReading } from './read-records.ts';
import type { Verdicts } from './verdicts.ts';

/** A target's reading, with the uncancelled marks by the record that they condemn. */
export interface JudgedReading extends TargetReading {
  readonly condemned: ReadonlyMap<string, readonly CopyMark[]>;
}

export function withCondemned(reading: TargetReading): JudgedReading {
  const condemned = new Map<string, CopyMark[]>();
  for (const { value, modifiedMs } of reading.marks) {
    const { snapshotId, runId, intent, graceSeconds } = value;
    if (reading.life.isCancelled(snapshotId, runId)) continue;
    const marks = condemned.get(snapshotId) ?? [];
    condemned.set(snapshotId, marks);
    marks.push({ runId, intent, markedMs: modifiedMs, graceMs: graceSeconds * 1000 });
  }
  return { ...reading, condemned };
}

/** Says of each copy what marks, the listing of its target and the verify events tell about it. */
export function copyStates(draft: Draft, readings: readonly JudgedReading[], verdicts: Verdicts): Draft {
  const copies = draft.copies.map((found): Copy => {
    const reading = readings.find(({ repository }) => repository.target.name === found.target);
    const copy = reading?.life.isDemoted(draft.id) === true ? { ...found, demoted: true as const } : found;
    const marks = reading?.condemned.get(draft.id);
    const state = stateOf(copy, reading, verdicts);
    return marks === undefined ? { ...copy, state } : { ...copy, state: 'condemned', marks, unmarked: state };
  });
  return { ...draft, copies };
}

function stateOf(copy: Copy, reading: TargetReading | undefined, verdicts: Verdicts): CopyState {
  if (verdicts.isDamaged(copy.record.snapshotId, copy.target)) return 'corrupt';
  // Without a whole listing, absence is no evidence.
  if (reading === undefined || (reading.data.size === 0 && !reading.complete)) return 'unknown';
  return stateOfData(copy.record, reading);
}

function stateOfData(record: SnapshotRecord, { data, archived }: TargetReading): CopyState {
  const objects = briefOf(record).objects();
  if (objects.some(({ key }) => !data.has(key))) return 'missing';
  if (objects.some(({ key, bytes }) => data.get(key) !== bytes)) return 'corrupt';
  return objects.some(({ key }) => archived.has(key)) ? 'archived' : 'present';
}
