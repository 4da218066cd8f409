import type { SnapshotRecord } from '../../domain/record.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { snapshotKey } from '../keys.ts';
import { isWithoutEffect, readFolder, type ReadingPlace } from '../read-folder.ts';
import { linksFolder, readLifeEvents } from './look-again.ts';

export interface SnapshotsOf {
  readonly resource: string;
  readonly snapshotIds: readonly string[];
}

/** The records of these snapshots that are on the target, without those that a prune has deleted. */
export async function readRecords(
  place: ReadingPlace,
  { resource, snapshotIds }: SnapshotsOf,
): Promise<Result<readonly SnapshotRecord[]>> {
  const { plan } = place;
  const wanted = new Set(snapshotIds.map((snapshotId) => snapshotKey({ plan, resource, snapshotId })));
  const prefix = linksFolder(plan, resource);
  const reading = await readFolder(place, 'snapshot', { prefix, isKnown: ({ key }) => !wanted.has(key) });
  if (!reading.ok) return reading;
  const unread = reading.value.failures.find((one) => !isWithoutEffect(one.failure));
  if (unread !== undefined) return failed(unread.failure);
  const life = await readLifeEvents(place);
  if (!life.ok) return life;
  return ok(reading.value.found.filter(({ sha256 }) => !life.value.isGone(sha256)).map(({ value }) => value));
}

/** Whether every object that the record names is there in its size. */
export async function hasObjects(
  { repository }: ReadingPlace,
  { artifacts, index }: SnapshotRecord,
): Promise<Result<boolean>> {
  for (const { key, bytes } of [...artifacts, index]) {
    const facts = await repository.target.stat(key);
    if (!facts.ok) return facts;
    if (facts.value?.size !== bytes) return ok(false);
  }
  return ok(true);
}

/** Those of the snapshots that are there, and whole. */
export async function wholeAmong(
  place: ReadingPlace,
  question: SnapshotsOf,
): Promise<Result<ReadonlySet<string>>> {
  const records = await readRecords(place, question);
  if (!records.ok) return records;
  const whole = new Set<string>();
  for (const record of records.value) {
    const there = await hasObjects(place, record);
    if (!there.ok) return there;
    if (there.value) whole.add(record.snapshotId);
  }
  return ok(whole);
}
