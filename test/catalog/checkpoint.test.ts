import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseCheckpointRecord } from '../../src/catalog/checkpoint/checkpoint-record.ts';
import { packRecords, unpackRecords } from '../../src/catalog/checkpoint/pack.ts';
import { newestCheckpoint, recordsOf } from '../../src/catalog/checkpoint/read-checkpoint.ts';
import { supersededCheckpoints } from '../../src/catalog/checkpoint/superseded.ts';
import { writeCheckpointIfDue } from '../../src/catalog/checkpoint/write-checkpoint.ts';
import { parseKey } from '../../src/catalog/keys.ts';
import type { CachedObject, RecordCache } from '../../src/domain/record-cache.ts';
import { readCounting, type CountedReading } from '../support/counted-reading.ts';
import { valueOf } from '../support/results.ts';
import {
  commitSample,
  createWorld,
  fixedClock,
  sampleRecord,
  START_MS,
  type World,
} from '../support/sample-records.ts';

const MANY = 300;

describe('a checkpoint', () => {
  let world: World;
  let records: readonly CachedObject[];

  beforeEach(async () => {
    world = await createWorld('local');
    for (let count = 0; count < MANY; count += 1)
      await commitSample(world, sampleRecord(world.repository, {}, START_MS + count * 1000));
    records = await verified();
  });

  it('lets a machine that knows nothing read one object instead of hundreds', async () => {
    await checkpoint();
    const { catalog, gets } = await read(emptyCache());
    expect(catalog.snapshots).toHaveLength(MANY);
    expect(catalog.problems).toEqual([]);
    expect(gets.filter((key) => key.includes('/snapshots/'))).toEqual([]);
  });

  it('never hides a snapshot that was committed since', async () => {
    await checkpoint();
    await commitSample(world, sampleRecord(world.repository, {}, START_MS + 86_400_000));
    expect((await read(emptyCache())).catalog.snapshots).toHaveLength(MANY + 1);
  });

  it('never shows a snapshot whose record is gone, or is another one', async () => {
    await checkpoint();
    const [first = '', second = ''] = records.map(({ key }) => key);
    await world.repository.target.remove(first);
    const stored = world.store.objects.get(second);
    world.store.objects.set(second, { bytes: Buffer.from('{}'), modifiedMs: stored?.modifiedMs ?? 0 });
    const { catalog } = await read(emptyCache());
    expect(catalog.snapshots).toHaveLength(MANY - 2);
    expect(catalog.problems.map(({ key }) => key)).toContain(second);
  });

  it('is nothing but slow when it or its pack is damaged', async () => {
    await checkpoint();
    for (const kind of ['checkpoint', 'pack'] as const) {
      const key = keysOf(kind)[0] ?? '';
      const whole = world.store.objects.get(key);
      const bytes = Buffer.from(whole?.bytes ?? []);
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      world.store.objects.set(key, { bytes, modifiedMs: START_MS });
      const { catalog, gets } = await read(emptyCache());
      expect(catalog.snapshots).toHaveLength(MANY);
      expect(gets.filter((one) => one.includes('/snapshots/'))).toHaveLength(MANY);
      if (whole !== undefined) world.store.objects.set(key, whole);
    }
  });

  it('vouches for nothing where other signatures are believed now', async () => {
    await checkpoint();
    const { catalog, gets } = await read(emptyCache(), 'without one of the keys');
    expect(catalog.snapshots).toHaveLength(MANY);
    expect(gets.filter((key) => key.includes('/snapshots/'))).toHaveLength(MANY);
  });

  it('is written again only where the newest covers too little', async () => {
    await checkpoint();
    await checkpoint();
    expect(keysOf('checkpoint')).toHaveLength(1);
    await checkpoint(records.slice(0, 20));
    expect(keysOf('checkpoint')).toHaveLength(2);
  });

  it('vouches for no pack but its own', async () => {
    await checkpoint();
    const found = await newestCheckpoint(place());
    if (found === undefined) return expect.fail('there is a checkpoint');
    expect(await recordsOf(place(), found)).toHaveLength(MANY);
    expect(parseCheckpointRecord(found).ok).toBe(true);
    const key = found.pack.key.replace('/checkpoints/01', '/checkpoints/00');
    expect(parseKey(key)?.kind).toBe('pack');
    expect(parseCheckpointRecord({ ...found, pack: { ...found.pack, key } }).ok).toBe(false);
  });

  it('leaves out what does not fit its digest', async () => {
    const lines = gunzipSync(await packRecords(records.slice(0, 3)))
      .toString()
      .split('\n');
    const [first = '', ...rest] = lines;
    const pack = gzipSync(
      [first.replace('"durationMs":10', '"durationMs":11'), '[1,2]', '{', ...rest].join('\n'),
    );
    expect((await unpackRecords(pack)).map(({ key }) => key)).toEqual(
      records.slice(1, 3).map(({ key }) => key),
    );
    expect(await unpackRecords(Buffer.from('no gzip'))).toEqual([]);
  });

  it('is a leftover once two newer ones are there', async () => {
    for (const size of [300, 20, 290, 10]) await checkpoint(records.slice(0, size));
    const objects = valueOf(await world.repository.target.list('acme/checkpoints/'));
    const superseded = supersededCheckpoints(objects).map(({ key }) => key);
    expect(superseded).toHaveLength(4);
    const kept = objects.map(({ key }) => key).filter((key) => !superseded.includes(key));
    expect(kept.every((key) => superseded.every((old) => old < key))).toBe(true);
  });

  function place() {
    return { repository: world.repository, verifier: world.verifier, plan: 'acme', trust: 'me' };
  }

  async function checkpoint(of = records): Promise<void> {
    valueOf(
      await writeCheckpointIfDue({
        ...place(),
        signer: world.signer,
        clock: fixedClock(START_MS + (keysOf('checkpoint').length + 1) * 1000),
        writer: 'writer',
        toolVersion: '0.1.0',
        records: of,
      }),
    );
  }

  function keysOf(kind: 'checkpoint' | 'pack'): readonly string[] {
    return [...world.store.objects.keys()].filter((key) => parseKey(key)?.kind === kind).sort();
  }

  async function verified(): Promise<readonly CachedObject[]> {
    const cache = emptyCache();
    await read(cache);
    return cache.stored.filter(({ key }) => parseKey(key)?.kind === 'snapshot');
  }

  function read(cache: RecordCache, trust = 'me'): Promise<CountedReading> {
    return readCounting(world, { cache, trust });
  }
});

function emptyCache(): RecordCache & { readonly stored: CachedObject[] } {
  const stored: CachedObject[] = [];
  return {
    stored,
    load: () => Promise.resolve([]),
    add: (_, objects) => {
      stored.push(...objects);
      return Promise.resolve();
    },
    replace: () => Promise.resolve(),
  };
}
