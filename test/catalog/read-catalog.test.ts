import { beforeEach, describe, expect, it } from 'vitest';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { writeEvent, type WriteEventRequest } from '../../src/catalog/events.ts';
import { headsFor } from '../../src/catalog/heads.ts';
import { newSnapshotId } from '../../src/catalog/ids.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { valueOf } from '../support/results.ts';
import {
  commitSample,
  createWorld,
  fixedClock,
  sampleRecord,
  START_MS,
  type World,
} from '../support/sample-records.ts';

const HOUR_MS = 3_600_000;

describe('the catalog', () => {
  let world: World;
  let second: World;

  beforeEach(async () => {
    world = await createWorld('local');
    second = await createWorld('offsite', world);
  });

  const read = (worlds: readonly World[] = [world, second]): Promise<Catalog> =>
    readCatalog({
      plan: 'acme',
      repositories: worlds.map(({ repository }) => repository),
      unreachable: [],
      verifier: world.verifier,
    });

  function onSecond(record: SnapshotRecord): SnapshotRecord {
    const { repoId, targetId } = second.repository;
    return { ...record, repoId, targetId };
  }

  interface Link {
    readonly record: SnapshotRecord;
    readonly sha256: string;
  }

  async function commitChain(levels: number): Promise<Link[]> {
    const links: Link[] = [];
    for (let level = 0; level < levels; level += 1) {
      const atMs = START_MS + level * HOUR_MS;
      const snapshotId = newSnapshotId(atMs);
      const below = links.at(-1);
      const chain: SnapshotRecord['chain'] =
        below === undefined
          ? { mode: 'full', root: snapshotId, level }
          : {
              mode: 'incremental',
              root: links[0]?.record.snapshotId ?? '',
              level,
              parent: { snapshotId: below.record.snapshotId, recordSha256: below.sha256 },
            };
      const record = sampleRecord(
        world.repository,
        { snapshotId, chain, parents: below === undefined ? [] : [below.sha256] },
        atMs,
      );
      links.push({ record, sha256: await commitSample(world, record) });
    }
    return links;
  }

  const event = (facts: Extract<WriteEventRequest, { event: 'verify' }>['facts'], atMs = START_MS) =>
    writeEvent({
      ...world,
      clock: fixedClock(atMs),
      plan: 'acme',
      runId: 'run',
      writer: 'host-a',
      toolVersion: '0.1.0',
      event: 'verify',
      facts,
    });

  it('of an empty repository is empty and complete', async () => {
    const catalog = await read();
    const stores = new Map(
      [world, second].map(({ repository: { target, targetId } }) => [
        target.name,
        { targetId, capabilities: target.capabilities },
      ]),
    );
    expect(catalog).toEqual({
      snapshots: [],
      problems: [],
      events: [],
      pruned: new Map(),
      read: new Set(stores.keys()),
      stores,
    });
  });

  it('joins the copies of one snapshot', async () => {
    const record = sampleRecord(world.repository);
    await commitSample(world, record);
    await commitSample(second, onSecond(record));
    const { snapshots } = await read();
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]?.copies.map(({ target, state }) => [target, state])).toEqual([
      ['local', 'present'],
      ['offsite', 'present'],
    ]);
  });

  it('says what it could not read, beside what it could', async () => {
    const record = sampleRecord(world.repository);
    await commitSample(world, record);
    const broken = {
      ...second,
      repository: {
        ...second.repository,
        target: faultyTarget(second.repository.target, { at: 0, moment: 'before', only: ['list'] }),
      },
    };
    const catalog = await read([world, broken]);
    expect(catalog.snapshots).toHaveLength(1);
    expect([...catalog.read]).toEqual(['local']);
    expect(catalog.problems).toMatchObject([{ target: 'offsite', code: 'TARGET_UNREACHABLE' }]);
  });

  it('hands on the problems of targets that could not be opened', async () => {
    const unreachable = [{ target: 'usb', code: 'TARGET_NOT_OURS' as const, message: 'no marker' }];
    const catalog = await readCatalog({
      plan: 'acme',
      repositories: [world.repository],
      unreachable,
      verifier: world.verifier,
    });
    expect(catalog.problems).toEqual(unreachable);
  });

  describe('data', () => {
    it('that is gone makes a copy missing, and the snapshot bad only when no copy is left', async () => {
      const record = sampleRecord(world.repository);
      await commitSample(world, record);
      await commitSample(second, onSecond(record));
      world.store.objects.delete(record.artifacts[0]?.key ?? '');
      expect((await read()).snapshots[0]).toMatchObject({
        good: true,
        copies: [{ state: 'missing' }, { state: 'present' }],
      });
      second.store.objects.delete(record.index.key);
      expect((await read()).snapshots[0]).toMatchObject({
        good: false,
        defect: 'its data on local is missing, its data on offsite is missing',
      });
    });

    it('of another size makes a copy corrupt', async () => {
      const record = sampleRecord(world.repository);
      await commitSample(world, record);
      world.store.objects.set(record.index.key, { bytes: Buffer.alloc(3), modifiedMs: 0 });
      expect((await read()).snapshots[0]).toMatchObject({ good: false, copies: [{ state: 'corrupt' }] });
    });

    it('that cannot be listed leaves its state unknown', async () => {
      await commitSample(world, sampleRecord(world.repository));
      const target = faultyTarget(world.repository.target, { at: 1, moment: 'before', only: ['list'] });
      const { snapshots, read: complete } = await read([
        { ...world, repository: { ...world.repository, target } },
      ]);
      expect(snapshots[0]).toMatchObject({ good: true, copies: [{ state: 'unknown' }] });
      expect(complete.size).toBe(0);
    });
  });

  describe('chains', () => {
    it('are good from the full up to the first hole', async () => {
      const links = await commitChain(4);
      expect((await read()).snapshots.map(({ good }) => good)).toEqual([true, true, true, true]);
      world.store.objects.delete(links[1]?.record.index.key ?? '');
      expect((await read()).snapshots.map(({ good }) => good)).toEqual([true, false, false, false]);
    });

    it('without their full are bad as a whole', async () => {
      const links = await commitChain(3);
      world.store.objects.delete(links[0]?.record.key ?? '');
      const { snapshots } = await read();
      expect(snapshots.map(({ good }) => good)).toEqual([false, false]);
      expect(snapshots[0]?.defect).toBe(`its parent ${links[0]?.record.snapshotId ?? ''} is missing`);
    });

    it('whose parent was replaced by another record are bad', async () => {
      const [full] = await commitChain(2);
      if (full === undefined) throw new Error('no chain');
      world.store.objects.delete(full.record.key);
      valueOf(await commitSnapshot({ ...world, record: { ...full.record, durationMs: 99 } }));
      expect((await read()).snapshots.at(-1)?.defect).toContain('was replaced');
    });

    it('that claim a parent of their own level or of another chain are bad', async () => {
      const [full] = await commitChain(1);
      const other = sampleRecord(world.repository, {}, START_MS + 1);
      const otherSha256 = await commitSample(world, other);
      if (full === undefined) throw new Error('no chain');
      const snapshotId = newSnapshotId(START_MS + 2);
      const parent = { snapshotId: other.snapshotId, recordSha256: otherSha256 };
      const chain: SnapshotRecord['chain'] = {
        mode: 'incremental',
        root: full.record.snapshotId,
        level: 1,
        parent,
      };
      await commitSample(world, sampleRecord(world.repository, { snapshotId, chain }, START_MS + 2));
      expect((await read()).snapshots.at(-1)?.defect).toContain('another chain');
    });

    it('of 2,000 levels are judged and ordered', async () => {
      const links = await commitChain(2000);
      const { snapshots } = await read([world]);
      expect(snapshots.every(({ good }) => good)).toBe(true);
      expect(snapshots.map(({ id }) => id)).toEqual(links.map(({ record }) => record.snapshotId));
    });
  });

  describe('verify events', () => {
    it('show the deepest level that was passed, and when last', async () => {
      const record = sampleRecord(world.repository);
      await commitSample(world, record);
      const facts = { snapshotId: record.snapshotId, target: 'local', result: 'passed' } as const;
      valueOf(await event({ ...facts, level: 'decrypt' }, START_MS + 1));
      valueOf(await event({ ...facts, level: 'record' }, START_MS + 2));
      expect((await read()).snapshots[0]?.verified).toEqual({ level: 'decrypt', atMs: START_MS + 1 });
    });

    it('that failed make the copy corrupt until a check of that depth passes', async () => {
      const record = sampleRecord(world.repository);
      await commitSample(world, record);
      const facts = { snapshotId: record.snapshotId, target: 'local' } as const;
      valueOf(await event({ ...facts, level: 'checksum', result: 'failed', code: 'CORRUPT' }, START_MS + 1));
      valueOf(await event({ ...facts, level: 'record', result: 'passed' }, START_MS + 2));
      expect((await read()).snapshots[0]).toMatchObject({
        good: false,
        defect: 'its data on local is corrupt',
      });
      valueOf(await event({ ...facts, level: 'checksum', result: 'passed' }, START_MS + 3));
      expect((await read()).snapshots[0]?.good).toBe(true);
    });

    it('of one target say nothing about another', async () => {
      const record = sampleRecord(world.repository);
      await commitSample(world, record);
      await commitSample(second, onSecond(record));
      valueOf(
        await event({ snapshotId: record.snapshotId, target: 'local', level: 'checksum', result: 'failed' }),
      );
      expect((await read()).snapshots[0]?.copies.map(({ state }) => state)).toEqual(['corrupt', 'present']);
    });
  });

  describe('order', () => {
    it('is by the time of the data', async () => {
      const late = sampleRecord(world.repository, {}, START_MS + HOUR_MS);
      const early = sampleRecord(world.repository);
      await commitSample(world, late);
      await commitSample(world, early);
      expect((await read()).snapshots.map(({ id }) => id)).toEqual([early.snapshotId, late.snapshotId]);
    });

    it('follows what writers saw where a clock stepped back', async () => {
      const future = sampleRecord(world.repository, {}, Date.parse('2099-01-01T00:00:00Z'));
      const sha256 = await commitSample(world, future);
      const next = sampleRecord(world.repository, { parents: [sha256] });
      await commitSample(world, next);
      expect((await read()).snapshots.map(({ id }) => id)).toEqual([future.snapshotId, next.snapshotId]);
    });
  });

  describe('heads for the next record', () => {
    it('are the ends of history here, and the newest elsewhere', async () => {
      const links = await commitChain(3);
      const other = sampleRecord(second.repository, {}, START_MS + 1);
      const anchor = await commitSample(second, other);
      const catalog = await read();
      expect(headsFor(catalog, 'files', 'local')).toEqual({
        parents: [links[2]?.sha256],
        anchors: { offsite: anchor },
      });
      expect(headsFor(catalog, 'files', 'offsite')).toEqual({
        parents: [anchor],
        anchors: { local: links[2]?.sha256 },
      });
      expect(headsFor(catalog, 'unknown', 'local')).toEqual({ parents: [], anchors: {} });
    });
  });

  it('of 3,000 records is read in bounded memory', async () => {
    for (let index = 0; index < 3_000; index += 1)
      await commitSample(world, sampleRecord(world.repository, {}, START_MS + index * 1000));
    let reading = 0;
    let most = 0;
    const { target } = world.repository;
    const counting = {
      ...target,
      get: async (key: string, maxBytes: number) => {
        most = Math.max(most, (reading += 1));
        const bytes = await target.get(key, maxBytes);
        reading -= 1;
        return bytes;
      },
    };
    const { snapshots } = await read([{ ...world, repository: { ...world.repository, target: counting } }]);
    expect(snapshots).toHaveLength(3_000);
    expect(most).toBeLessThanOrEqual(16);
  });
});
