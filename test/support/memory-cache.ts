import type { CachedObject, RecordCache } from '../../src/domain/record-cache.ts';

/** What a machine remembers, by scope. */
export interface MemoryCache extends RecordCache {
  readonly stored: Map<string, CachedObject[]>;
}

export function createMemoryCache(): MemoryCache {
  const stored = new Map<string, CachedObject[]>();
  return {
    stored,
    load: (scope, readHead = (head) => head) =>
      Promise.resolve(
        (stored.get(scope) ?? []).map((object) =>
          object.head === undefined ? object : { ...object, head: readHead(object.head) },
        ),
      ),
    add: (scope, objects) => {
      stored.set(scope, [...(stored.get(scope) ?? []), ...objects]);
      return Promise.resolve();
    },
    replace: (scope, objects) => {
      stored.set(scope, [...objects]);
      return Promise.resolve();
    },
  };
}
