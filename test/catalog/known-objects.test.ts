import { beforeEach, describe, expect, it } from 'vitest';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { CachedObject, RecordCache } from '../../src/domain/record-cache.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import { commitSample, createWorld, sampleRecord, type World } from '../support/sample-records.ts';

describe('reading a catalog again', () => {
  let world: World;
  let cache: RecordCache & { readonly stored: Map<string, CachedObject[]> };

  beforeEach(async () => {
    world = await createWorld('local');
    cache = memoryCache();
    for (let count = 0; count < 4; count += 1) await commitSample(world, sampleRecord(world.repository));
  });

  it('asks the target only for what is new', async () => {
    const first = await read('me');
    expect(first.gets).toHaveLength(4);
    const second = await read('me');
    expect(second.gets).toEqual([]);
    expect(second.catalog.snapshots).toEqual(first.catalog.snapshots);
    await commitSample(world, sampleRecord(world.repository));
    const third = await read('me');
    expect(third.gets).toHaveLength(1);
    expect(third.catalog.snapshots).toHaveLength(5);
  });

  it('verifies again under another trust', async () => {
    await read('me');
    expect((await read('somebody else')).gets).toHaveLength(4);
  });

  it('reads an object again whose size or time is another one', async () => {
    await read('me');
    const [scope] = cache.stored.keys();
    const stored = cache.stored.get(scope ?? '') ?? [];
    cache.stored.set(
      scope ?? '',
      stored.map((object, index) => (index === 0 ? { ...object, size: object.size + 1 } : object)),
    );
    expect((await read('me')).gets).toEqual([stored[0]?.key]);
  });

  it('never shows what the target does not list any more, and forgets it', async () => {
    await read('me');
    const keys = recordKeys();
    for (const key of keys.slice(0, 2)) await world.repository.target.remove(key);
    const { catalog } = await read('me');
    expect(catalog.snapshots.map(({ record }) => record.key)).toEqual(keys.slice(2));
    const kept = [...cache.stored.values()].flat().map(({ key }) => key);
    expect(kept.sort()).toEqual(keys.slice(2).sort());
  });

  async function read(trust: string): Promise<{ catalog: Catalog; gets: string[] }> {
    const gets: string[] = [];
    const { target } = world.repository;
    const counting: Target = Object.assign(Object.create(target) as Target, {
      get: (key: string, maxBytes: number) => {
        gets.push(key);
        return target.get(key, maxBytes);
      },
    });
    const catalog = await readCatalog({
      plan: 'acme',
      repositories: [{ ...world.repository, target: counting }],
      unreachable: [],
      verifier: world.verifier,
      memory: { cache, trust },
    });
    return { catalog, gets };
  }

  function recordKeys(): string[] {
    return [...world.store.objects.keys()].filter((key) => key.includes('/snapshots/')).sort();
  }
});

function memoryCache(): RecordCache & { readonly stored: Map<string, CachedObject[]> } {
  const stored = new Map<string, CachedObject[]>();
  return {
    stored,
    load: (scope) => Promise.resolve(stored.get(scope) ?? []),
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
