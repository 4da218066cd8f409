import { failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ListedObject, Target } from '../../src/domain/target.ts';
import type { MemoryStore } from '../support/memory-target.ts';
import type { Random } from './random.ts';

/** What a store does that the contract of a target allows, and below that, what breaks it. */
export interface Manner {
  /** Listings come in pages of so many keys, and others act between two of them; 0: all at once. */
  readonly pageSize: number;
  /** Share of creations that it refuses for a moment, before they take effect. */
  readonly conflicts: number;

  /** A creation replaces what has the key already, and is called one. */
  readonly replaces: boolean;
  /** Listings show a change only after two to so many more operations on the store; 0: at once. */
  readonly lateListings: number;
  /** Share of listings that end early and are called whole. */
  readonly cutListings: number;
  /** Share of reads that end early and are called whole. */
  readonly cutReads: number;
}

export const HONEST: Manner = {
  pageSize: 0,
  conflicts: 0,
  replaces: false,
  lateListings: 0,
  cutListings: 0,
  cutReads: 0,
};

export interface Hostility {
  readonly store: MemoryStore;
  /** On that store. */
  readonly target: Target;
  readonly random: Random;
  readonly mannerNow: () => Manner;
}

interface Change {
  /** In operations on the store. */
  readonly seenFrom: number;
  /** What was there before; undefined where nothing was. */
  readonly before: ListedObject | undefined;
}

/** The same store, as it looks to those who work on it. Pages are the affair of whoever asks for them. */
export function hostileStore({ store, target, random, mannerNow }: Hostility): Target {
  const changes = new Map<string, Change>();
  let operations = 0;
  const happens = (share: number): boolean => share > 0 && random.chance(share);
  const listedNow = (key: string): ListedObject | undefined => {
    const object = store.objects.get(key);
    return object && { key, size: object.bytes.length, modifiedMs: object.modifiedMs };
  };

  function noteChange(key: string): void {
    const { lateListings } = mannerNow();
    if (lateListings === 0) return;
    changes.set(key, {
      seenFrom: operations + random.between(2, lateListings),
      before: listedNow(key),
    });
  }

  function asSeen(prefix: string, listed: readonly ListedObject[]): readonly ListedObject[] {
    if (mannerNow().lateListings === 0) return listed;
    const late = [...changes].filter(
      ([key, change]) => change.seenFrom > operations && key.startsWith(prefix),
    );
    if (late.length === 0) return listed;
    const seen = new Map(listed.map((object) => [object.key, object]));
    for (const [key, { before }] of late)
      if (before === undefined) seen.delete(key);
      else seen.set(key, before);
    return [...seen.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  return {
    ...target,
    create: (key, bytes) => {
      operations += 1;
      if (happens(mannerNow().conflicts)) return busy(key);
      if (!store.objects.has(key)) noteChange(key);
      else if (mannerNow().replaces) store.objects.delete(key);
      return target.create(key, bytes);
    },
    remove: (key) => {
      operations += 1;
      if (store.objects.has(key)) noteChange(key);
      return target.remove(key);
    },
    list: async (prefix) => {
      operations += 1;
      const listed = await target.list(prefix);
      if (!listed.ok) return listed;
      const seen = asSeen(prefix, listed.value);
      return ok(happens(mannerNow().cutListings) ? seen.slice(0, random.below(seen.length + 1)) : seen);
    },
    get: async (key, maxBytes) => {
      operations += 1;
      const found = await target.get(key, maxBytes);
      if (!found.ok || found.value === undefined || !happens(mannerNow().cutReads)) return found;
      return ok(found.value.subarray(0, random.below(found.value.length)));
    },
  };
}

function busy<T>(key: string): Promise<Result<T>> {
  return Promise.resolve(failed(failure('TARGET_UNREACHABLE', `another request is at work on ${key}`)));
}
