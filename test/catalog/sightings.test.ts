import { beforeEach, describe, expect, it } from 'vitest';
import { writeEvent } from '../../src/catalog/events.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Catalog, EventKind } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import { createMemoryCache, type MemoryCache } from '../support/memory-cache.ts';
import { valueOf } from '../support/results.ts';
import {
  commitSample,
  createWorld,
  fixedClock,
  sampleRecord,
  START_MS,
  type World,
} from '../support/sample-records.ts';

describe('what a machine has seen on a target', () => {
  let world: World;
  let cache: MemoryCache;
  let keys: readonly string[];

  beforeEach(async () => {
    world = await createWorld('local');
    cache = createMemoryCache();
    const records = [0, 1, 2].map((day) => sampleRecord(world.repository, {}, START_MS + day * 86_400_000));
    for (const record of records) await commitSample(world, record);
    keys = records.map(({ key }) => key);
    await event('pin', { snapshotId: records[0]?.snapshotId });
    expect((await read()).problems).toEqual([]);
  });

  it('is missed for as long as it is away, whether or not records are verified anew', async () => {
    const [first = '', second = ''] = keys;
    const kept = world.store.objects.get(second);
    for (const key of [first, second]) world.store.objects.delete(key);
    for (const fresh of [false, true, false]) {
      expect((await read({ fresh })).problems).toEqual([
        {
          target: 'local',
          key: second,
          code: 'TARGET_ROLLED_BACK',
          message: 'lacks 2 snapshots that this machine has seen there before',
        },
      ]);
    }
    if (kept !== undefined) world.store.objects.set(second, kept);
    expect((await read()).problems).toMatchObject([{ key: first }]);
  });

  it('does not depend on whose signatures are believed', async () => {
    world.store.objects.delete(keys[2] ?? '');
    expect((await read({ trust: 'others' })).problems).toMatchObject([{ code: 'TARGET_ROLLED_BACK' }]);
  });

  it('may go where a prune says so', async () => {
    const [gone] = (await read()).snapshots;
    if (gone === undefined) return expect.fail('there is a snapshot');
    const { recordSha256 } = gone.copies[0] ?? {};
    await event('gone', { snapshotId: gone.id, resource: gone.resource, recordSha256 });
    world.store.objects.delete(gone.record.key);
    expect((await read()).problems).toEqual([]);
    expect((await read()).snapshots).toHaveLength(2);
  });

  it('counts events too: nobody deletes them', async () => {
    world.store.objects.delete(eventKeys()[0] ?? '');
    expect((await read()).problems).toMatchObject([
      { code: 'TARGET_ROLLED_BACK', message: 'lacks 1 event that this machine has seen there before' },
    ]);
  });

  it('is told of once where it is there and refused', async () => {
    world.store.objects.set(keys[1] ?? '', { bytes: Buffer.from('{}'), modifiedMs: 1 });
    expect((await read()).problems).toMatchObject([{ code: 'RECORD_REJECTED', key: keys[1] }]);
  });

  it('shows a listing that leaves something out', async () => {
    const { target } = world.repository;
    const cut: Target = Object.assign(Object.create(target) as Target, {
      list: async (prefix: string) => {
        const listed = await target.list(prefix);
        return listed.ok ? { ...listed, value: listed.value.filter(({ key }) => key !== keys[2]) } : listed;
      },
    });
    const { problems } = await read({ repository: { ...world.repository, target: cut } });
    expect(problems).toEqual([
      {
        target: 'local',
        key: keys[2],
        code: 'CATALOG_GAP',
        message: 'is there, but the target does not list it',
      },
    ]);
  });

  it('says nothing where nothing could be listed, nor about another target of that name', async () => {
    const { target } = world.repository;
    const dumb: Target = Object.assign(Object.create(target) as Target, {
      list: (prefix: string) =>
        prefix.includes('/events/')
          ? Promise.resolve({ ok: false, failure: { code: 'TARGET_IO', message: 'no' } })
          : target.list(prefix),
    });
    const { problems } = await read({ repository: { ...world.repository, target: dumb } });
    expect(problems).toMatchObject([{ code: 'TARGET_IO' }]);
    const other = await createWorld('local', world);
    expect((await read({ repository: other.repository })).problems).toEqual([]);
  });

  it('is nothing for a machine that has forgotten', async () => {
    world.store.objects.delete(keys[2] ?? '');
    cache = createMemoryCache();
    expect((await read()).problems).toEqual([]);
  });

  interface Reading {
    readonly fresh?: boolean;
    readonly trust?: string;
    readonly repository?: World['repository'];
  }

  function read({
    fresh = false,
    trust = 'me',
    repository = world.repository,
  }: Reading = {}): Promise<Catalog> {
    return readCatalog({
      plan: 'acme',
      repositories: [repository],
      unreachable: [],
      verifier: world.verifier,
      memory: { cache, trust, fresh },
    });
  }

  function eventKeys(): readonly string[] {
    return [...world.store.objects.keys()].filter((key) => key.includes('/events/'));
  }

  async function event(kind: EventKind, facts: Readonly<Record<string, unknown>>): Promise<void> {
    const [clock, runId] = [fixedClock(START_MS + 9 * 86_400_000), '01jd000000000000000000run0'];
    const base = { ...world, clock, plan: 'acme', runId, writer: 'w', toolVersion: '1' };
    valueOf(await writeEvent({ ...base, event: kind, facts } as unknown as Parameters<typeof writeEvent>[0]));
  }
});
