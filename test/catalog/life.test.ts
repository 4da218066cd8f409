import { beforeEach, describe, expect, it } from 'vitest';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { sealEnvelope } from '../../src/catalog/envelope.ts';
import { newRunId } from '../../src/catalog/ids.ts';
import { markKey } from '../../src/catalog/keys.ts';
import { condemnChain } from '../../src/catalog/prune/condemn.ts';
import { sweepChain } from '../../src/catalog/prune/sweep.ts';
import type { MarkRecord } from '../../src/domain/mark.ts';
import type { PruneChain } from '../../src/domain/prune-plan.ts';
import type { EventRecord } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import { valueOf } from '../support/results.ts';
import {
  catalogOf,
  catalogSeenBy,
  commitPruneChain,
  copyIn,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  pruneContext,
  say,
  snapshotIn,
  type PruneWorld,
} from '../support/prune-world.ts';
import { commitSample, sampleRecord, START_MS } from '../support/sample-records.ts';
import { createTestSigner } from '../support/signing-double.ts';

let world: PruneWorld;

beforeEach(async () => {
  world = await createPruneWorld();
});

const idOf = (chain: PruneChain) => chain.members[0]?.snapshotId ?? '';

describe('pins', () => {
  const pin = (snapshotId: string, atMs: number, until?: number) =>
    say(
      world,
      {
        event: 'pin',
        facts: { snapshotId, ...(until === undefined ? {} : { until: new Date(until).toISOString() }) },
      },
      { atMs },
    );
  const unpin = (snapshotId: string, atMs: number) =>
    say(world, { event: 'unpin', facts: { snapshotId } }, { atMs });
  const pinned = async (id: string) => snapshotIn(await catalogOf(world), id).pinned;
  let id: string;

  beforeEach(async () => {
    id = idOf(await commitPruneChain(world, { levels: 1 }));
  });

  it('hold until they are taken away, and again after', async () => {
    expect(await pinned(id)).toBeUndefined();
    await pin(id, START_MS);
    expect(await pinned(id)).toEqual({});
    await unpin(id, START_MS + 1);
    expect(await pinned(id)).toBeUndefined();
    await pin(id, START_MS + 2);
    expect(await pinned(id)).toEqual({});
  });

  it('win a tie, whichever lies first', async () => {
    await pin(id, START_MS);
    await unpin(id, START_MS);
    expect(await pinned(id)).toEqual({});
    await unpin(id, START_MS + 1);
    await pin(id, START_MS + 1, START_MS + HOUR_MS);
    expect(await pinned(id)).toEqual({ untilMs: START_MS + HOUR_MS });
  });

  it('of one moment hold as long as the longest', async () => {
    await pin(id, START_MS, START_MS + DAY_MS);
    await pin(id, START_MS);
    await pin(id, START_MS, START_MS + HOUR_MS);
    expect(await pinned(id)).toEqual({});
  });

  it('keep their end also when it has passed: the reader knows what time it is', async () => {
    await pin(id, START_MS, START_MS + 1);
    expect(await pinned(id)).toEqual({ untilMs: START_MS + 1 });
  });

  it('on one target hold on all', async () => {
    const second = await createPruneWorld({ name: 'offsite', like: world });
    const { repoId, targetId } = second.repository;
    const { record } = snapshotIn(await catalogOf(world), id);
    await commitSample(second, { ...record, repoId, targetId });
    await say(second, { event: 'pin', facts: { snapshotId: id } });
    expect(snapshotIn(await catalogOf(world, second), id).pinned).toEqual({});
  });
});

describe('a demoted snapshot', () => {
  it('is never good itself, but what was built on it and called good before stays so', async () => {
    const chain = await commitPruneChain(world, { levels: 3 });
    await say(world, { event: 'demote', facts: { snapshotId: chain.members[1]?.snapshotId ?? '' } });
    const { snapshots } = await catalogOf(world);
    expect(snapshots.map(({ good }) => good)).toEqual([true, false, true]);
    expect(snapshots[1]?.defect).toContain('condemned meanwhile');
  });
});

describe('what a prune has deleted', () => {
  let chain: PruneChain;
  let saved: Map<string, { readonly bytes: Buffer; readonly modifiedMs: number }>;

  beforeEach(async () => {
    chain = await commitPruneChain(world, { levels: 1 });
    const record = sampleRecord(
      world.repository,
      { parents: [chain.members[0]?.recordSha256 ?? ''] },
      START_MS + HOUR_MS,
    );
    await commitSample(world, record);
    saved = new Map(world.store.objects);
    valueOf(await sweepChain(pruneContext(world), chain));
  });

  const putBack = (part: string): void => {
    for (const [key, object] of saved) if (key.includes(part)) world.store.objects.set(key, object);
  };

  it('is no gap, although a later record names it', async () => {
    expect((await catalogOf(world)).problems).toEqual([]);
  });

  it('is a gap where nobody said so', async () => {
    for (const key of keysIn(world, '/events/')) world.store.objects.delete(key);
    expect((await catalogOf(world)).problems).toMatchObject([{ code: 'CATALOG_GAP', target: 'memory' }]);
  });

  it.each(['its record alone', 'its record and its data'])(
    'is refused when it comes back: %s',
    async (what) => {
      putBack(what.endsWith('data') ? idOf(chain) : (chain.members[0]?.recordKey ?? ''));
      const { snapshots, problems } = await catalogOf(world);
      expect(snapshots.map(({ id }) => id)).not.toContain(idOf(chain));
      expect(problems).toEqual([
        {
          target: 'memory',
          key: chain.members[0]?.recordKey,
          code: 'RECORD_REJECTED',
          message: 'was deleted by a prune',
        },
      ]);
    },
  );

  it('is not called back while its mark says that the prune is not done', async () => {
    putBack(chain.members[0]?.recordKey ?? '');
    valueOf(await condemnChain(pruneContext(world), chain));
    const { snapshots, problems } = await catalogOf(world);
    expect(problems).toEqual([]);
    expect(snapshots).toHaveLength(1);
  });

  it('may be stored again under a new record', async () => {
    putBack('/data/');
    const record = sampleRecord(world.repository, { snapshotId: idOf(chain), durationMs: 11 });
    valueOf(await commitSnapshot({ ...world, record }));
    expect(snapshotIn(await catalogOf(world), idOf(chain)).good).toBe(true);
  });

  it('on one target is still expected on another', async () => {
    const second = await createPruneWorld({ name: 'offsite', like: world });
    const record = sampleRecord(
      second.repository,
      { parents: [chain.members[0]?.recordSha256 ?? ''] },
      START_MS + 2 * HOUR_MS,
    );
    await commitSample(second, record);
    expect((await catalogOf(world, second)).problems).toMatchObject([
      { code: 'CATALOG_GAP', target: 'offsite' },
    ]);
  });

  it('is no gap for who lists while it is being deleted', async () => {
    const other = await commitPruneChain(world, { levels: 1, atMs: START_MS + 5 * HOUR_MS });
    const { target } = world.repository;
    const key = other.members[0]?.recordKey ?? '';
    const late: Target = {
      ...target,
      get: async (wanted, maxBytes) => {
        if (wanted === key && keysIn(world, key).length > 0)
          valueOf(await sweepChain(pruneContext(world), other));
        return target.get(wanted, maxBytes);
      },
    };
    const catalog = await catalogSeenBy(world.verifier, [
      { ...world, repository: { ...world.repository, target: late } },
    ]);
    expect(catalog.problems).toEqual([]);
    expect([...catalog.read]).toEqual(['memory']);
    expect(catalog.snapshots).toHaveLength(1);
  });

  it('is no alarm for who read its record just before', async () => {
    const other = await commitPruneChain(world, { levels: 1, atMs: START_MS + 5 * HOUR_MS });
    const { target } = world.repository;
    const late: Target = {
      ...target,
      list: async (prefix) => {
        if (prefix.endsWith('/data/') && keysIn(world, other.root).length > 0)
          valueOf(await sweepChain(pruneContext(world), other));
        return target.list(prefix);
      },
    };
    const catalog = await catalogSeenBy(world.verifier, [
      { ...world, repository: { ...world.repository, target: late } },
    ]);
    expect(catalog.problems).toEqual([]);
    expect(catalog.snapshots).toHaveLength(1);
  });

  it('is a gap where a record vanishes and nobody said so', async () => {
    const other = await commitPruneChain(world, { levels: 1, atMs: START_MS + 5 * HOUR_MS });
    const { target } = world.repository;
    const key = other.members[0]?.recordKey ?? '';
    const late: Target = {
      ...target,
      get: (wanted, maxBytes) => {
        if (wanted === key) world.store.objects.delete(key);
        return target.get(wanted, maxBytes);
      },
    };
    const catalog = await catalogSeenBy(world.verifier, [
      { ...world, repository: { ...world.repository, target: late } },
    ]);
    expect(catalog.problems).toMatchObject([{ code: 'CATALOG_GAP', key }]);
    expect(catalog.read.size).toBe(0);
  });
});

describe('what has no effect', () => {
  let chain: PruneChain;

  beforeEach(async () => {
    chain = await commitPruneChain(world, { levels: 1 });
  });

  const markOf = async (): Promise<MarkRecord> => {
    const runId = newRunId(START_MS);
    valueOf(await condemnChain(pruneContext(world, { runId }), chain));
    const key = markKey('acme', idOf(chain), runId);
    const envelope = JSON.parse(world.store.objects.get(key)?.bytes.toString() ?? '') as { payload: string };
    world.store.objects.delete(key);
    return JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as MarkRecord;
  };
  const putMark = async (mark: MarkRecord, signer = world.pruner as PruneWorld['signer'], key = mark.key) => {
    const bytes = valueOf(await sealEnvelope(signer, mark));
    world.store.objects.set(key, { bytes, modifiedMs: world.store.nowMs });
  };
  const expectRejected = async (reason: RegExp): Promise<void> => {
    const catalog = await catalogOf(world);
    expect(copyIn(catalog, idOf(chain)).state).toBe('present');
    expect(catalog.problems).toMatchObject([
      { code: 'RECORD_REJECTED', message: expect.stringMatching(reason) as string },
    ]);
    expect(catalog.read.has('memory')).toBe(true);
  };

  it('a mark as it should be has one', async () => {
    await putMark(await markOf());
    expect(copyIn(await catalogOf(world), idOf(chain)).state).toBe('condemned');
  });

  it('a mark by a key that only writes', async () => {
    await putMark(await markOf(), world.signer);
    await expectRejected(/may not prune/);
  });

  it('a mark by a key that nobody pinned', async () => {
    await putMark(await markOf(), createTestSigner());
    await expectRejected(/not pinned/);
  });

  it('a mark copied to another snapshot', async () => {
    const other = await commitPruneChain(world, { levels: 1, atMs: START_MS + HOUR_MS });
    const mark = await markOf();
    await putMark(mark, world.pruner, markKey('acme', idOf(other), mark.runId));
    await expectRejected(/key does not belong/);
  });

  it('a mark copied from another target', async () => {
    const second = await createPruneWorld({ name: 'offsite', like: world });
    await putMark({ ...(await markOf()), targetId: second.repository.targetId });
    await expectRejected(/targetId does not belong/);
  });

  it.each([
    ['a mark of another run than its key names', { runId: newRunId(0) }, /names another mark/],
    ['a mark without an end', { graceSeconds: 10 ** 12 }, /whole number in range/],
    ['a mark of an unknown intent', { intent: 'destroy' as 'sweep' }, /intent is not one of/],
    ['a mark with more in it', { unknown: 1 }, /unknown field/],
  ])('%s', async (_, changes, reason) => {
    await putMark({ ...(await markOf()), ...changes });
    await expectRejected(reason);
  });

  it.each([
    ['a deletion by a key that writes', 'gone', 'write'],
    ['a demotion by a key that deletes', 'demote', 'prune'],
    ['a prune by a key that writes', 'prune', 'write'],
    ['an unchanged source by a key that deletes', 'unchanged', 'prune'],
  ] as const)('%s', async (_, event, by) => {
    const { snapshotId, recordSha256 } = chain.members[0] ?? { snapshotId: '', recordSha256: '' };
    const facts = {
      gone: { snapshotId, resource: 'files', recordSha256 },
      demote: { snapshotId },
      prune: { result: 'succeeded', condemned: 0, swept: 0, bytes: 0, durationMs: 0 },
      unchanged: { snapshotId, resource: 'files', mode: 'full' },
    }[event];
    const id = newRunId(START_MS);
    const { repoId, targetId } = world.repository;
    const payload: EventRecord = {
      type: 'event',
      version: 1,
      repoId,
      targetId,
      key: `acme/events/${id}.json`,
      plan: 'acme',
      event,
      at: new Date(START_MS).toISOString(),
      runId: id,
      writer: 'somebody',
      toolVersion: '0.1.0',
      facts,
    };
    const bytes = valueOf(await sealEnvelope(by === 'write' ? world.signer : world.pruner, payload));
    world.store.objects.set(payload.key, { bytes, modifiedMs: 0 });
    const catalog = await catalogOf(world);
    expect(catalog.problems).toMatchObject([
      { code: 'RECORD_REJECTED', message: `its signer may not say "${event}"` },
    ]);
    expect(catalog.events).toEqual([]);
    expect(snapshotIn(catalog, snapshotId).good).toBe(true);
  });

  it('a cancel on another target than the mark', async () => {
    const second = await createPruneWorld({ name: 'offsite', like: world });
    const runId = newRunId(START_MS);
    valueOf(await condemnChain(pruneContext(world, { runId }), chain));
    await say(second, { event: 'cancel', facts: { snapshotId: idOf(chain), marks: [runId] } });
    expect(copyIn(await catalogOf(world, second), idOf(chain)).state).toBe('condemned');
    await say(world, { event: 'cancel', facts: { snapshotId: idOf(chain), marks: [runId] } });
    expect(copyIn(await catalogOf(world, second), idOf(chain)).state).toBe('present');
  });

  it('a snapshot record by a key that only deletes', async () => {
    const record = sampleRecord(world.repository, {}, START_MS + HOUR_MS);
    const bytes = valueOf(await sealEnvelope(world.pruner, record));
    world.store.objects.set(record.key, { bytes, modifiedMs: 0 });
    const catalog = await catalogOf(world);
    expect(catalog.snapshots).toHaveLength(1);
    expect(catalog.problems).toMatchObject([{ code: 'RECORD_REJECTED', key: record.key }]);
  });

  it('an event by a key that may do several things is judged by all of them', async () => {
    await say(world, { event: 'pin', facts: { snapshotId: idOf(chain) } }, { by: world.pruner });
    await say(world, { event: 'unpin', facts: { snapshotId: idOf(chain) } }, { atMs: START_MS + DAY_MS });
    expect((await catalogOf(world)).events.map(({ event }) => event)).toEqual(['pin', 'unpin']);
  });
});
