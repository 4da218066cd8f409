import type { Verifier } from '../domain/cryptography.ts';
import type { Failure } from '../domain/failure.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { CatalogProblem, EventRecord } from '../domain/snapshot.ts';
import { checkBinding, type Place } from './binding.ts';
import { mapBounded } from './bounded.ts';
import { MAX_RECORD_BYTES, openEnvelope } from './envelope.ts';
import { parseEventRecord } from './events.ts';
import { folders, parseKey } from './keys.ts';
import type { Repository } from './repository.ts';
import { parseSnapshotRecord } from './snapshot-record.ts';

/** Bounds open files and the bytes of records in flight (each at most 4 MiB). */
const PARALLEL_READS = 16;

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
  /** Sizes of the data objects by key. */
  readonly data: ReadonlyMap<string, number>;
  readonly problems: readonly CatalogProblem[];
  /** False where something could not be read, as opposed to read and refused. */
  readonly complete: boolean;
}

export interface ReadingRequest {
  readonly plan: string;
  readonly repository: Repository;
  readonly verifier: Verifier;
}

/** Reads everything of a plan on one target. A bad object is a problem beside the others, never the end. */
export async function readTarget(request: ReadingRequest): Promise<TargetReading> {
  const { plan, repository } = request;
  const records = await readFolder(request, folders.snapshots(plan), 'snapshot', parseSnapshotRecord);
  const events = await readFolder(request, folders.events(plan), 'event', parseEventRecord);
  // After the records: a writer makes data first, so what a record names must be in a later list.
  const data = await repository.target.list(folders.data(plan));
  const dataProblems = data.ok ? [] : [problemOf(repository, data.failure)];
  return {
    repository,
    records: records.found.map(({ value, sha256 }) => ({ repository, record: value, recordSha256: sha256 })),
    events: events.found.map(({ value }) => value),
    data: new Map(data.ok ? data.value.map(({ key, size }) => [key, size]) : []),
    problems: [...records.problems, ...events.problems, ...dataProblems],
    complete: records.complete && events.complete && data.ok,
  };
}

const PROBLEM_CODES: ReadonlySet<string> = new Set<CatalogProblem['code']>([
  'RECORD_REJECTED',
  'CATALOG_GAP',
  'TARGET_UNREACHABLE',
  'TARGET_NOT_OURS',
  'TARGET_FORMAT',
  'TARGET_UNSAFE',
  'TARGET_DENIED',
  'TARGET_IO',
  'CORRUPT',
]);

/** A failure about a target, as the catalog reports it. */
export function problemOf({ target }: Repository, { code, message }: Failure, key?: string): CatalogProblem {
  const known = PROBLEM_CODES.has(code) ? (code as CatalogProblem['code']) : 'TARGET_IO';
  return { target: target.name, code: known, message, ...(key === undefined ? {} : { key }) };
}

interface FolderReading<T> {
  readonly found: readonly { readonly value: T; readonly sha256: string }[];
  readonly problems: readonly CatalogProblem[];
  readonly complete: boolean;
}

async function readFolder<T>(
  request: ReadingRequest,
  prefix: string,
  kind: 'snapshot' | 'event',
  parse: (payload: unknown) => Result<T>,
): Promise<FolderReading<T>> {
  const { plan, repository } = request;
  const listed = await repository.target.list(prefix);
  if (!listed.ok) return { found: [], problems: [problemOf(repository, listed.failure)], complete: false };
  const keys = listed.value.map(({ key }) => key).filter((key) => parseKey(key)?.kind === kind);
  const { repoId, targetId } = repository;
  const read = await mapBounded(keys, PARALLEL_READS, async (key) => {
    return { key, object: await readObject(request, { type: kind, repoId, targetId, plan, key }, parse) };
  });
  const failures = read.flatMap(({ key, object }) =>
    object.ok ? [] : [problemOf(repository, object.failure, key)],
  );
  return {
    found: read.flatMap(({ object }) => (object.ok ? [object.value] : [])),
    problems: failures,
    complete: failures.every(({ code }) => REFUSALS.has(code)),
  };
}

/** The object was read; what it says is refused. */
const REFUSALS: ReadonlySet<string> = new Set(['RECORD_REJECTED', 'CORRUPT', 'TARGET_FORMAT']);

async function readObject<T>(
  { repository, verifier }: ReadingRequest,
  place: Place,
  parse: (payload: unknown) => Result<T>,
): Promise<Result<{ value: T; sha256: string }>> {
  const bytes = await repository.target.get(place.key, MAX_RECORD_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined)
    return failed({ code: 'CATALOG_GAP', message: 'the object was listed and is gone' });
  const opened = await openEnvelope(verifier, bytes.value, 'write');
  if (!opened.ok) return opened;
  const bound = checkBinding(opened.value.payload, place);
  if (!bound.ok) return bound;
  const parsed = parse(opened.value.payload);
  return parsed.ok ? ok({ value: parsed.value, sha256: opened.value.payloadSha256 }) : parsed;
}
