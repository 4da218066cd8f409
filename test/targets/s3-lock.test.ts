import { beforeAll, afterEach, describe, expect, it } from 'vitest';
import { leaseKey } from '../../src/catalog/keys.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Target } from '../../src/domain/target.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import type { HttpFault } from '../support/http-fault-proxy.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { ARTIFACT, createS3Bench, LARGE_BYTES, RECORD, type S3Bench } from '../support/s3-bench.ts';

const DAY_MS = 86_400_000;
const INDEX = ARTIFACT.replace('files.tar', 'index.ndjson');
const SNAPSHOT = '20261121t020000z-0123456789abcdef';
const PASSING = [leaseKey('acme', 'here'), `acme/intents/${SNAPSHOT}.json`, `acme/marks/${SNAPSHOT}/a.json`];

describe.skipIf(lacksCeph())('object lock', () => {
  let ceph: Ceph;
  let bench: S3Bench;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  afterEach(() => bench.close());

  const locking = async (lock: JsonObject): Promise<Target> => {
    bench = await createS3Bench(ceph, { objectLock: true });
    return bench.open({ objectLock: { retainFor: '30d', ...lock } });
  };
  const at = (key: string) => ({ Bucket: bench.bucket, Key: `p/${key}` });
  const lockOf = (key: string) => ceph.adminClient.headObject(at(key));
  const fill = async (target: Target): Promise<readonly string[]> => {
    const large = await bench.stage(Buffer.alloc(LARGE_BYTES, 'x'));
    const small = await bench.stage(Buffer.from('small'));
    expect(valueOf(await target.upload(ARTIFACT, large, { payload: {} }))).toBe('created');
    expect(valueOf(await target.upload(INDEX, small))).toBe('created');
    expect(valueOf(await target.create(RECORD, Buffer.from('signed')))).toBe('created');
    return [ARTIFACT, INDEX, RECORD];
  };
  const bypassing = async (key: string) =>
    ceph.adminClient.deleteObject({
      ...at(key),
      VersionId: (await lockOf(key)).VersionId,
      BypassGovernanceRetention: true,
    });
  /** As time would. */
  const endRetention = async (key: string): Promise<void> => {
    const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 1000) } as const;
    await ceph.adminClient.putObjectRetention({ ...at(key), Retention, BypassGovernanceRetention: true });
    await expect
      .poll(async () => Date.now() > Number((await lockOf(key)).ObjectLockRetainUntilDate))
      .toBe(true);
  };

  it.each(['governance', 'compliance'] as const)(
    'in %s mode lies on all that lasts, for as long as the plan says, and not on what passes',
    async (mode) => {
      const target = await locking({ mode });
      for (const key of await fill(target)) {
        const found = await lockOf(key);
        expect(found.ObjectLockMode, key).toBe(mode.toUpperCase());
        expect(found.ObjectLockLegalHoldStatus, key).not.toBe('ON');
        const forMs = Number(found.ObjectLockRetainUntilDate) - Date.now();
        expect(Math.abs(forMs - 30 * DAY_MS), key).toBeLessThan(60_000);
      }
      for (const key of PASSING) {
        valueOf(await target.create(key, Buffer.from('{}')));
        expect((await lockOf(key)).ObjectLockMode, key).toBeUndefined();
        valueOf(await target.remove(key));
        expect(valueOf(await target.stat(key))).toBeUndefined();
      }
    },
  );

  it.each([
    ['governance', true],
    ['compliance', false],
  ])(
    'in %s mode keeps everything from being removed, and says until when; a special right helps: %s',
    async (mode, helps) => {
      const target = await locking({ mode });
      // So that the store is known, and sends nothing twice.
      valueOf(await target.create(PASSING[0] ?? '', Buffer.from('{}')));
      for (const key of await fill(target)) {
        const until = (await lockOf(key)).ObjectLockRetainUntilDate?.toISOString() ?? '';
        expect(failureIn(await target.remove(key))).toMatchObject({
          code: 'TARGET_DENIED',
          message: `${key} is locked until ${until}`,
          facts: { locked: true, lockedUntil: until },
        });
        const { Versions, DeleteMarkers } = await ceph.adminClient.listObjectVersions({
          Bucket: bench.bucket,
          Prefix: `p/${key}`,
        });
        expect(DeleteMarkers ?? []).toEqual([]);
        expect(Versions?.filter(({ IsLatest }) => IsLatest)).toHaveLength(1);
      }
      await (helps ? bypassing(ARTIFACT) : expect(bypassing(ARTIFACT)).rejects.toThrow());
      expect(valueOf(await target.stat(ARTIFACT)) === undefined).toBe(helps);
    },
  );

  it('lets go of what it has kept long enough', async () => {
    const target = await locking({ mode: 'governance' });
    const file = await bench.stage(Buffer.alloc(LARGE_BYTES, 'x'));
    valueOf(await target.upload(ARTIFACT, file));
    expect(failureIn(await target.remove(ARTIFACT)).facts).toMatchObject({ locked: true });
    await endRetention(ARTIFACT);
    valueOf(await target.remove(ARTIFACT));
    expect(valueOf(await target.stat(ARTIFACT))).toBeUndefined();
  });

  it('with a legal hold lasts until somebody lifts it', async () => {
    const target = await locking({ mode: 'governance', legalHold: true });
    const [key = ''] = await fill(target);
    expect((await lockOf(key)).ObjectLockLegalHoldStatus).toBe('ON');
    await endRetention(key);
    expect(failureIn(await target.remove(key))).toMatchObject({
      code: 'TARGET_DENIED',
      message: `${key} is locked by a legal hold, until somebody lifts it`,
      facts: { locked: true },
    });
    await ceph.adminClient.putObjectLegalHold({ ...at(key), LegalHold: { Status: 'OFF' } });
    valueOf(await target.remove(key));
    expect(valueOf(await target.stat(key))).toBeUndefined();
  });

  describe('that the store drops', () => {
    const unlocked = (times: number): HttpFault => ({
      match: { method: 'HEAD', path: /snapshots/ },
      skip: 1,
      times,
      action: {
        kind: 'rewrite',
        change: (reply) => ({
          ...reply,
          headers: Object.fromEntries(
            Object.entries(reply.headers).filter(([name]) => !name.startsWith('x-amz-object-lock')),
          ),
        }),
      },
    });

    it('is set once more', async () => {
      const target = await locking({ mode: 'governance' });
      bench.proxy.inject(unlocked(1));
      expect(valueOf(await target.create(RECORD, Buffer.from('signed')))).toBe('created');
      expect(bench.proxy.requests.filter(({ query }) => query.has('retention'))).toHaveLength(1);
    });

    it('is a failure where it is dropped again', async () => {
      const target = await locking({ mode: 'compliance' });
      bench.proxy.inject(unlocked(9));
      expect(failureIn(await target.create(RECORD, Buffer.from('signed')))).toMatchObject({
        code: 'TARGET_UNSAFE',
        message: `${RECORD} was stored, but the store has not locked it`,
      });
    });
  });

  it('of several versions says the longest', async () => {
    const target = await locking({ mode: 'governance' });
    const [, key = ''] = await fill(target);
    const ObjectLockRetainUntilDate = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60 * DAY_MS);
    const longer = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate } as const;
    await ceph.adminClient.putObject({ ...at(key), Body: 'by another', ...longer });
    await ceph.adminClient.putObject({ ...at(key), Body: 'not locked at all' });
    expect(failureIn(await target.remove(key)).facts).toMatchObject({
      lockedUntil: ObjectLockRetainUntilDate.toISOString(),
    });
    expect(valueOf(await target.get(key, 100))?.toString()).toBe('by another');
  });

  it('is refused where the bucket was made without it', async () => {
    bench = await createS3Bench(ceph, { versioned: true });
    const target = bench.connect({ objectLock: { mode: 'governance', retainFor: '1d' } });
    expect(failureIn(await target.open())).toMatchObject({
      code: 'TARGET_UNSAFE',
      message: `the bucket ${bench.bucket} has no object lock, which the plan asks for`,
    });
  });
});
