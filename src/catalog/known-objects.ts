import { createHash } from 'node:crypto';
import type { CachedObject, RecordCache } from '../domain/record-cache.ts';
import type { ListedObject } from '../domain/target.ts';
import type { Repository } from './repository.ts';

/** What was verified before, for one reading of one target. */
export interface KnownObjects {
  /** The object itself where it is known; another size or time of change makes it unknown. */
  find(object: ListedObject): CachedObject | undefined;
  /** Notes an object that was read now. */
  learn(object: CachedObject): void;
  /** Keeps what was found or learnt, and drops what was not asked for. */
  keep(): Promise<void>;
}

export interface KnownScope {
  readonly cache: RecordCache;
  readonly plan: string;
  /** Digest of whose signatures are believed, and for what. */
  readonly trust: string;
}

/** Bumped when a release reads records in another way. */
const READING = 1;
/** The file is written anew when so much of it is of no use any more. */
const STALE_SHARE = 0.25;

export async function knownObjects(
  { repoId, targetId }: Repository,
  { cache, plan, trust }: KnownScope,
): Promise<KnownObjects> {
  const scope = createHash('sha256')
    .update(JSON.stringify([READING, repoId, targetId, plan, trust]))
    .digest('hex');
  const loaded = await cache.load(scope);
  const known = new Map(loaded.map((object) => [object.key, object]));
  const used = new Set<string>();
  const learnt: CachedObject[] = [];
  return {
    find: ({ key, size, modifiedMs }) => {
      const object = known.get(key);
      if (object?.size !== size || object.modifiedMs !== modifiedMs) return undefined;
      used.add(key);
      return object;
    },
    learn: (object) => {
      learnt.push(object);
    },
    keep: async () => {
      const staleShare = loaded.length === 0 ? 0 : 1 - used.size / loaded.length;
      if (staleShare > STALE_SHARE)
        await cache.replace(scope, [...loaded.filter(({ key }) => used.has(key)), ...learnt]);
      else if (learnt.length > 0) await cache.add(scope, learnt);
    },
  };
}
