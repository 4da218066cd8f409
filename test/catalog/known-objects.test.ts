import { beforeEach, describe, expect, it } from 'vitest';
import { readCounting, type CountedReading } from '../support/counted-reading.ts';
import { createMemoryCache, type MemoryCache } from '../support/memory-cache.ts';
import { commitSample, createWorld, sampleRecord, type World } from '../support/sample-records.ts';

describe('reading a catalog again', () => {
  let world: World;
  let cache: MemoryCache;

  beforeEach(async () => {
    world = await createWorld('local');
    cache = createMemoryCache();
    for (let count = 0; count < 4; count += 1) await commitSample(world, sampleRecord(world.repository));
  });

  it('asks the target only for what is new', async () => {
    const first = await read('me');
    expect(first.gets).toHaveLength(4);
    const second = await read('me');
    expect(second.gets).toEqual([]);
    expect(plain(second.catalog.snapshots)).toEqual(plain(first.catalog.snapshots));
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
    const verified = [...cache.stored.values()].flat().filter(({ value }) => value !== null);
    const kept = verified.map(({ key }) => key);
    expect(kept.sort()).toEqual(keys.slice(2).sort());
  });

  function read(trust: string): Promise<CountedReading> {
    return readCounting(world, { cache, trust });
  }

  function plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value));
  }

  function recordKeys(): string[] {
    return [...world.store.objects.keys()].filter((key) => key.includes('/snapshots/')).sort();
  }
});
