import type { SnapshotRecord } from '../domain/record.ts';
import type { Copy, CopyState } from '../domain/snapshot.ts';
import type { Draft } from './join-copies.ts';
import type { TargetReading } from './read-records.ts';
import type { Verdicts } from './verdicts.ts';

/** Says of each copy what the listing of its target and the verify events tell about its data. */
export function copyStates(draft: Draft, readings: readonly TargetReading[], verdicts: Verdicts): Draft {
  const copies = draft.copies.map((copy): Copy => {
    const reading = readings.find(({ repository }) => repository.target.name === copy.target);
    return { ...copy, state: stateOf(copy, reading, verdicts) };
  });
  return { ...draft, copies };
}

function stateOf(copy: Copy, reading: TargetReading | undefined, verdicts: Verdicts): CopyState {
  if (verdicts.isDamaged(copy.record.snapshotId, copy.target)) return 'corrupt';
  // Without a whole listing, absence is no evidence.
  if (reading === undefined || (reading.data.size === 0 && !reading.complete)) return 'unknown';
  return stateOfData(copy.record, reading.data);
}

function stateOfData({ artifacts, index }: SnapshotRecord, data: ReadonlyMap<string, number>): CopyState {
  const objects = [...artifacts, index];
  if (objects.some(({ key }) => !data.has(key))) return 'missing';
  return objects.every(({ key, bytes }) => data.get(key) === bytes) ? 'present' : 'corrupt';
}
