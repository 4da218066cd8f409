import { failure } from '../domain/failure.ts';
import type { MarkRecord } from '../domain/mark.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { ok, type Result } from '../domain/result.ts';
import type { CatalogProblem, EventRecord } from '../domain/snapshot.ts';
import { splitGone } from './gone-records.ts';
import { folders, parseKey } from './keys.ts';
import { lifeOf, type LifeEvents } from './life-events.ts';
import { isRefusal, readFolder, type FolderReading, type Found, type ReadingPlace } from './read-folder.ts';
import type { Repository } from './repository.ts';
import { problemOf } from './target-problem.ts';

export interface FoundRecord {
  readonly repository: Repository;
  readonly record: SnapshotRecord;
  readonly recordSha256: string;
}

/** What one target says. */
export interface TargetReading {
  readonly repository: Repository;
  readonly records: readonly FoundRecord[];
  readonly events: readonly EventRecord[];
  readonly marks: readonly Found<MarkRecord>[];
  /** What the events of this target say, and of no other. */
  readonly life: LifeEvents;
  /** Keys of all records and events that were verified now; undefined where they could not be listed. */
  readonly sighted: ReadonlySet<string> | undefined;
  /** Sizes of the data objects by key. */
  readonly data: ReadonlyMap<string, number>;
  /** Keys of those that cannot be read before they are thawed. */
  readonly archived: ReadonlySet<string>;
  readonly problems: readonly CatalogProblem[];
  /** False where something could not be read, as opposed to read and refused. */
  readonly complete: boolean;
}

/**
 * Reads everything of a plan on one target. A bad object is a problem beside the others, never the
 * end. The order makes a prune that runs meanwhile look like one that ran before or after: data is
 * made before the record that names it, so it is listed later; marks are made before data is
 * deleted, so they are listed after it; events come last and explain what is not there any more.
 */
export async function readTarget(place: ReadingPlace): Promise<TargetReading> {
  const { plan, repository } = place;
  const records = await readFolder(place, 'snapshot', { prefix: folders.snapshots(plan) });
  const data = await repository.target.list(folders.data(plan));
  const marks = await readFolder(place, 'mark', { prefix: folders.marks(plan) });
  const events = await readFolder(place, 'event', { prefix: folders.events(plan) });
  const found = { records: foundIn(records), marks: foundIn(marks), events: valuesIn(events) };
  const life = lifeOf(found.events);
  const { live, problems: returned } = await splitGone(repository, found.records, { ...found, life });
  const explained = withoutPruned(records, life);
  const parts = [
    partOf(repository, explained),
    partOf(repository, events),
    partOf(repository, withoutGaps(marks)),
  ];
  const dataProblems = data.ok ? [] : [problemOf(repository, data.failure)];
  return {
    ...found,
    repository,
    records: live.map(({ value, sha256 }) => ({ repository, record: value, recordSha256: sha256 })),
    life,
    sighted:
      records.ok && events.ok
        ? new Set([...found.records, ...found.events].map(({ key }) => key))
        : undefined,
    archived: new Set(data.ok ? data.value.flatMap(({ key, archived }) => (archived ? [key] : [])) : []),
    data: new Map(data.ok ? data.value.map(({ key, size }) => [key, size]) : []),
    problems: [...parts.flatMap(({ problems }) => problems), ...returned, ...dataProblems],
    complete: data.ok && parts.every(({ complete }) => complete),
  };
}

function foundIn<T>(reading: Result<FolderReading<T>>): readonly Found<T>[] {
  return reading.ok ? reading.value.found : [];
}

function valuesIn<T>(reading: Result<FolderReading<T>>): readonly T[] {
  return foundIn(reading).map(({ value }) => value);
}

/** A record that vanished between the listing and the reading is no gap where a prune took it. */
function withoutPruned<T>(reading: Result<FolderReading<T>>, life: LifeEvents): Result<FolderReading<T>> {
  if (!reading.ok) return reading;
  const vanished = reading.value.vanished.filter((key) => {
    const place = parseKey(key);
    return place?.kind !== 'snapshot' || !life.wasPruned(place.snapshotId);
  });
  return ok({ ...reading.value, vanished });
}

/** Marks go when their run has ended. */
function withoutGaps<T>(reading: Result<FolderReading<T>>): Result<FolderReading<T>> {
  return reading.ok ? ok({ ...reading.value, vanished: [] }) : reading;
}

function partOf<T>(
  repository: Repository,
  reading: Result<FolderReading<T>>,
): { readonly problems: readonly CatalogProblem[]; readonly complete: boolean } {
  if (!reading.ok) return { problems: [problemOf(repository, reading.failure)], complete: false };
  const { failures, vanished } = reading.value;
  const gap = failure('CATALOG_GAP', 'the object was listed and is gone');
  return {
    problems: [
      ...failures.map(({ key, failure: why }) => problemOf(repository, why, key)),
      ...vanished.map((key) => problemOf(repository, gap, key)),
    ],
    complete: vanished.length === 0 && failures.every(({ failure: why }) => isRefusal(why)),
  };
}
