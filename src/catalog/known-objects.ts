import { createHash } from 'node:crypto';
import type { Verifier } from '../domain/cryptography.ts';
import type { CachedObject, RecordCache } from '../domain/record-cache.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import type { ListedObject } from '../domain/target.ts';
import type { PackedRecord } from './checkpoint/pack.ts';
import { newestCheckpoint, recordsOf } from './checkpoint/read-checkpoint.ts';
import { parseKey } from './keys.ts';
import { createHeadReader, writeHead, type RecordHead } from './record-head.ts';
import type { Repository } from './repository.ts';
import { storedRecord } from './stored-record.ts';

/** What was verified before, for one reading of one target. */
export interface KnownObjects {
  /** Told what is about to be asked for: much that is unknown is worth a look at a checkpoint. */
  prepare(objects: readonly ListedObject[]): Promise<void>;
  /** It was read before, and was what its key says. */
  has(object: ListedObject): boolean;
  /** The object itself where it is known; another size or time of change makes it unknown. */
  find(object: ListedObject): Omit<CachedObject, 'head'> | undefined;
  /** Notes an object that was read now. */
  learn(object: CachedObject): void;
  /** Keeps what was found or learnt, and drops what was not asked for. */
  keep(): Promise<void>;
}

export interface KnownScope {
  readonly cache: RecordCache;
  readonly verifier: Verifier;
  readonly plan: string;
  /** Digest of whose signatures are believed, and for what. */
  readonly trust: string;
}

/** Bumped when a release reads records in another way. */
const READING = 3;
/** The file is written anew when so much of it is of no use any more. */
const STALE_SHARE = 0.25;
/** Fewer objects are read one by one as fast. */
const WORTH_A_CHECKPOINT = 256;

/** Names what this machine knows of one target under one trust. */
export function scopeOf(
  { repoId, targetId }: Repository,
  { plan, trust }: Pick<KnownScope, 'plan' | 'trust'>,
): string {
  return createHash('sha256')
    .update(JSON.stringify([READING, repoId, targetId, plan, trust]))
    .digest('hex');
}

export async function knownObjects(repository: Repository, from: KnownScope): Promise<KnownObjects> {
  const { cache } = from;
  const scope = scopeOf(repository, from);
  const loaded = await cache.load(scope, createHeadReader());
  const known = new Map(loaded.map((object) => [object.key, object]));
  const used = new Set<string>();
  const learnt: CachedObject[] = [];
  const attested = new Map<string, PackedRecord>();
  const isKnown = ({ key, size, modifiedMs }: ListedObject): boolean => {
    const object = known.get(key);
    return object?.size === size && object.modifiedMs === modifiedMs;
  };
  const recall = (object: ListedObject): CachedObject | undefined => {
    if (!isKnown(object)) return undefined;
    used.add(object.key);
    return known.get(object.key);
  };
  const trust = ({ key, size, modifiedMs }: ListedObject): CachedObject | undefined => {
    const record = attested.get(key);
    if (record?.size !== size) return undefined;
    const object = { ...record, modifiedMs };
    learnt.push(object);
    return object;
  };
  return {
    prepare: async (objects) => {
      const unknown = objects.filter((object) => !isKnown(object)).length;
      if (unknown < WORTH_A_CHECKPOINT || attested.size > 0) return;
      const place = { ...from, repository };
      const checkpoint = await newestCheckpoint(place);
      const records = checkpoint === undefined ? [] : await recordsOf(place, checkpoint);
      for (const record of records) attested.set(record.key, record);
    },
    has: isKnown,
    find: (object) => {
      const found = recall(object) ?? trust(object);
      return found && { ...placeOf(found), value: valueOf(found) };
    },
    learn: (object) => {
      learnt.push(object);
    },
    keep: async () => {
      const staleShare = loaded.length === 0 ? 0 : 1 - used.size / loaded.length;
      if (staleShare > STALE_SHARE)
        await cache.replace(scope, [...loaded.filter(({ key }) => used.has(key)), ...learnt].map(withHead));
      else if (learnt.length > 0) await cache.add(scope, learnt.map(withHead));
    },
  };
}

/** Of a snapshot record, only its head is in memory. */
function valueOf(found: CachedObject): unknown {
  return found.head === undefined ? found.value : storedRecord(found, found.head as RecordHead);
}

/** As it is kept; the value of what was loaded is read only when it is written. */
function withHead(object: CachedObject): CachedObject {
  if (parseKey(object.key)?.kind !== 'snapshot') return object;
  return {
    ...placeOf(object),
    get value() {
      return object.value;
    },
    get head() {
      return writeHead(object.value as SnapshotRecord);
    },
  };
}

function placeOf({ key, size, modifiedMs, sha256 }: CachedObject): Omit<CachedObject, 'value' | 'head'> {
  return { key, size, modifiedMs, sha256 };
}
