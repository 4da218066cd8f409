import type { Verifier } from '../domain/cryptography.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { MarkRecord } from '../domain/mark.ts';
import type { SignerRole } from '../domain/plan.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { EventRecord } from '../domain/snapshot.ts';
import type { ListedObject } from '../domain/target.ts';
import { checkBinding } from './binding.ts';
import { mapBounded } from './bounded.ts';
import { MAX_RECORD_BYTES, openEnvelope } from './envelope.ts';
import { EVENT_ROLES } from './event-facts.ts';
import { parseEventRecord } from './events.ts';
import { parseKey } from './keys.ts';
import { parseMarkRecord } from './mark-record.ts';
import type { KnownObjects } from './known-objects.ts';
import type { Repository } from './repository.ts';
import { parseSnapshotRecord } from './snapshot-record.ts';

/** Bounds open files and the bytes of records in flight (each at most 4 MiB). */
const PARALLEL_READS = 16;

export interface ReadingPlace {
  readonly plan: string;
  readonly repository: Repository;
  readonly verifier: Verifier;
  /** What this machine verified before; absent where only a fresh look counts. */
  readonly known?: KnownObjects;
}

export interface Kinds {
  readonly snapshot: SnapshotRecord;
  readonly event: EventRecord;
  readonly mark: MarkRecord;
}

export interface Found<T> {
  readonly key: string;
  readonly value: T;
  /** Hex SHA-256 of the payload bytes. */
  readonly sha256: string;
  /** Epoch milliseconds by the store's clock. */
  readonly modifiedMs: number;
}

export interface FolderReading<T> {
  readonly found: readonly Found<T>[];
  /** What was read and refused, or could not be read. */
  readonly failures: readonly { readonly key: string; readonly failure: Failure }[];
  /** Listed, and not there any more when it was read. */
  readonly vanished: readonly string[];
  /** Listed and not read, because they are known. */
  readonly known: readonly string[];
}

export interface FolderRequest {
  readonly prefix: string;
  /** Objects that need no second look: none ever changes. */
  readonly isKnown?: (object: ListedObject) => boolean;
}

/** Reads every object of one kind below a folder. Fails only where the folder cannot be listed. */
export async function readFolder<K extends keyof Kinds>(
  place: ReadingPlace,
  kind: K,
  { prefix, isKnown = () => false }: FolderRequest,
): Promise<Result<FolderReading<Kinds[K]>>> {
  const listed = await place.repository.target.list(prefix);
  if (!listed.ok) return listed;
  // What was read before was of this kind then, and its key has not changed.
  const ours = listed.value.filter(
    (object) => place.known?.has(object) === true || parseKey(object.key)?.kind === kind,
  );
  if (kind === 'snapshot') await place.known?.prepare(ours);
  const { found, unknown, known } = sortOut<Kinds[K]>(place, ours, isKnown);
  const failures: { key: string; failure: Failure }[] = [];
  const vanished: string[] = [];
  const read = await mapBounded(unknown, PARALLEL_READS, (object) => readNow(place, kind, object));
  for (const [index, result] of read.entries()) {
    const key = unknown[index]?.key ?? '';
    if (!result.ok) failures.push({ key, failure: result.failure });
    else if (result.value === undefined) vanished.push(key);
    else found.push(result.value);
  }
  // In the order of the listing, whatever was known before.
  if (unknown.length > 0) found.sort((left, right) => (left.key < right.key ? -1 : 1));
  return ok({ found, failures, vanished, known });
}

/** What this machine has verified before needs no waiting for. */
function sortOut<T>(
  { known: remembered }: ReadingPlace,
  listed: readonly ListedObject[],
  isKnown: (object: ListedObject) => boolean,
): { readonly found: Found<T>[]; readonly unknown: ListedObject[]; readonly known: string[] } {
  const sorted = { found: [] as Found<T>[], unknown: [] as ListedObject[], known: [] as string[] };
  for (const object of listed) {
    const before = isKnown(object) ? undefined : remembered?.find(object);
    if (before !== undefined) {
      const { key, sha256, modifiedMs } = before;
      sorted.found.push({ key, value: before.value as T, sha256, modifiedMs });
    } else if (isKnown(object)) sorted.known.push(object.key);
    else sorted.unknown.push(object);
  }
  return sorted;
}

async function readNow<K extends keyof Kinds>(
  place: ReadingPlace,
  kind: K,
  object: ListedObject,
): Promise<Result<Found<Kinds[K]> | undefined>> {
  const read = await readObject(place, kind, object);
  if (read.ok && read.value !== undefined) place.known?.learn({ ...read.value, size: object.size });
  return read;
}

/** The object was read; what it says is refused, and has no effect. */
export function isRefusal({ code }: Failure): boolean {
  return code === 'RECORD_REJECTED' || code === 'CORRUPT' || code === 'TARGET_FORMAT';
}

/**
 * Nobody can have meant it: for those who must not overlook what a newer release wrote, which is a
 * refusal too but says something.
 */
export function isWithoutEffect({ code }: Failure): boolean {
  return code === 'RECORD_REJECTED' || code === 'CORRUPT';
}

const PARSERS: { readonly [K in keyof Kinds]: (payload: unknown) => Result<Kinds[K]> } = {
  snapshot: parseSnapshotRecord,
  event: parseEventRecord,
  mark: parseMarkRecord,
};

const ROLES: Readonly<Record<keyof Kinds, readonly SignerRole[]>> = {
  snapshot: ['write'],
  event: ['write', 'prune', 'apply'],
  mark: ['prune'],
};

/** What is refused is read once more: a deletion must not follow from a line that garbles what it carries. */
async function readObject<K extends keyof Kinds>(
  place: ReadingPlace,
  kind: K,
  object: ListedObject,
): Promise<Result<Found<Kinds[K]> | undefined>> {
  const first = await readOnce(place, kind, object);
  const isGarbled = !first.ok && (isWithoutEffect(first.failure) || first.failure.code === 'TARGET_IO');
  return isGarbled ? readOnce(place, kind, object) : first;
}

async function readOnce<K extends keyof Kinds>(
  { repository, verifier, plan }: ReadingPlace,
  kind: K,
  { key, size, modifiedMs }: ListedObject,
): Promise<Result<Found<Kinds[K]> | undefined>> {
  const bytes = await repository.target.get(key, MAX_RECORD_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok(undefined);
  const opened = await openEnvelope(verifier, bytes.value, ROLES[kind]);
  if (!opened.ok) return bytes.value.length === size ? opened : cutShort(key, bytes.value.length, size);
  const { payload, payloadSha256, may } = opened.value;
  const { repoId, targetId } = repository;
  const bound = checkBinding(payload, { type: kind, repoId, targetId, plan, key });
  if (!bound.ok) return bound;
  const parsed = PARSERS[kind](payload);
  if (!parsed.ok) return parsed;
  const fitting = kind === 'event' ? checkEventRole(parsed.value as EventRecord, may) : ok();
  return fitting.ok ? ok({ key, value: parsed.value, sha256: payloadSha256, modifiedMs }) : fitting;
}

/** Says nothing about the object, only about the reading. */
function cutShort(key: string, bytes: number, size: number): Result<never> {
  return failed(failure('TARGET_IO', `${key} was read as ${String(bytes)} of ${String(size)} bytes`));
}

/** Each kind of event wants its own roles: a key that writes deletes nothing. */
function checkEventRole({ event }: EventRecord, may: readonly SignerRole[]): Result<void> {
  if (EVENT_ROLES[event].some((role) => may.includes(role))) return ok();
  return failed(failure('RECORD_REJECTED', `its signer may not say "${event}"`));
}
