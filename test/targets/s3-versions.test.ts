import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/domain/target.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { ARTIFACT, createS3Bench, LARGE_BYTES, RECORD, type S3Bench } from '../support/s3-bench.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const textOf = async (target: Target, key: string): Promise<string | undefined> =>
  valueOf(await target.get(key, 100))?.toString();

describe.skipIf(lacksCeph())('a bucket that keeps versions', () => {
  let ceph: Ceph;
  let bench: S3Bench;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  afterEach(() => bench.close());

  const inBucket = async (made: Parameters<Ceph['createBucket']>[0]): Promise<Target> => {
    bench = await createS3Bench(ceph, made);
    return bench.open();
  };
  const versionsOf = async (key: string) => {
    const listed = await ceph.adminClient.listObjectVersions({ Bucket: bench.bucket, Prefix: `p/${key}` });
    return { versions: listed.Versions?.length ?? 0, markers: listed.DeleteMarkers?.length ?? 0 };
  };
  /** What somebody with the keys of the bucket does, without asking for versions. */
  const replaceByHand = (key: string, Body: string) =>
    ceph.adminClient.putObject({ Bucket: bench.bucket, Key: `p/${key}`, Body });
  const deleteByHand = (key: string) =>
    ceph.adminClient.deleteObject({ Bucket: bench.bucket, Key: `p/${key}` });
  const creations = (): number => bench.proxy.requests.filter(({ method }) => method === 'PUT').length;

  it('of a store that takes no notice of conditions there is found out, and nothing is replaced', async () => {
    const target = await inBucket({ versioned: true });
    await replaceByHand(RECORD, 'first');
    expect(valueOf(await target.create(RECORD, bytes('second')))).toBe('exists');
    expect(target.capabilities.createOnly).toBe(true);
    expect(valueOf(await target.create('acme/events/a.json', bytes('new')))).toBe('created');
    expect(target.capabilities.createOnly).toBe(false);
    expect(valueOf(await target.create('acme/events/a.json', bytes('newer')))).toBe('exists');
    expect(await textOf(target, RECORD)).toBe('first');
    expect(await textOf(target, 'acme/events/a.json')).toBe('new');
    expect(await versionsOf(RECORD)).toEqual({ versions: 1, markers: 0 });
  });

  it('is not needed: elsewhere one creation more tells that conditions are honoured, and it is the last', async () => {
    const target = await inBucket({});
    const keys = ['acme/events/a.json', 'acme/events/b.json', 'acme/events/c.json'];
    const created = await Promise.all(keys.map((key) => target.create(key, bytes(key))));
    expect(created.map(valueOf)).toEqual(keys.map(() => 'created'));
    expect(target.capabilities.createOnly).toBe(true);
    expect(creations()).toBe(keys.length + 1);
    const looks = bench.proxy.requests.filter(({ method }) => method === 'HEAD').length;
    expect(looks).toBe(1);
    expect(await textOf(target, keys[0] ?? '')).toBe(keys[0]);
  });

  it('shows of each object the current version alone', async () => {
    const target = await inBucket({ versioned: true });
    valueOf(await target.create(RECORD, bytes('first')));
    await replaceByHand(RECORD, 'by another');
    expect(valueOf(await target.list('acme/'))).toMatchObject([{ key: RECORD, size: 10 }]);
    expect(await textOf(target, RECORD)).toBe('by another');
    await deleteByHand(RECORD);
    expect(valueOf(await target.list('acme/'))).toEqual([]);
    expect(valueOf(await target.stat(RECORD))).toBeUndefined();
    expect(failureIn(await target.read(RECORD)).code).toBe('NOT_FOUND');
    expect(valueOf(await target.create(RECORD, bytes('anew')))).toBe('created');
  });

  it('tells how to get back what somebody deleted or replaced, and that is true', async () => {
    const target = await inBucket({ versioned: true });
    const recovery = async () => valueOf((await target.recovery?.(RECORD)) ?? { ok: true, value: '' });
    const remove = (VersionId: string | undefined) =>
      ceph.adminClient.deleteObject({ Bucket: bench.bucket, Key: `p/${RECORD}`, VersionId });
    expect(await recovery()).toBeUndefined();
    const first = await replaceByHand(RECORD, 'first');
    valueOf(await target.create(`${RECORD}.old`, bytes('another')));
    expect(await recovery()).toBeUndefined();
    const { VersionId: marker } = await deleteByHand(RECORD);
    expect(await recovery()).toMatch(/^Somebody deleted it .* still has version /);
    expect(await recovery()).toContain(first.VersionId);
    expect(await recovery()).toContain(`delete marker ${marker ?? '?'}`);
    await remove(marker);
    expect(await textOf(target, RECORD)).toBe('first');
    const { VersionId: other } = await replaceByHand(RECORD, 'by another');
    expect(await recovery()).toMatch(/^Somebody replaced it/);
    expect(await recovery()).toContain(first.VersionId);
    await remove(other);
    expect(await recovery()).toBeUndefined();
    expect(await textOf(target, RECORD)).toBe('first');
  });

  it('gives up all versions and markers of what is removed, and nothing of what merely begins alike', async () => {
    const target = await inBucket({ versioned: true });
    const neighbour = `${RECORD}.old`;
    valueOf(await target.create(RECORD, bytes('first')));
    valueOf(await target.create(neighbour, bytes('stays')));
    await deleteByHand(RECORD);
    await replaceByHand(RECORD, 'second');
    await deleteByHand(RECORD);
    valueOf(await target.remove(RECORD));
    expect(await versionsOf(RECORD)).toEqual({ versions: 1, markers: 0 });
    expect(await textOf(target, neighbour)).toBe('stays');
    valueOf(await target.remove(RECORD));
  });

  it('holds a large object once, and gives it up', async () => {
    const target = await inBucket({ versioned: true });
    const file = await bench.stage(Buffer.alloc(LARGE_BYTES, 'x'));
    expect(valueOf(await target.upload(ARTIFACT, file))).toBe('created');
    expect(valueOf(await target.upload(ARTIFACT, file))).toBe('exists');
    expect(await versionsOf(ARTIFACT)).toEqual({ versions: 1, markers: 0 });
    valueOf(await target.remove(ARTIFACT));
    expect(await versionsOf(ARTIFACT)).toEqual({ versions: 0, markers: 0 });
  });

  it('that keeps none any more still gives up those it kept', async () => {
    const target = await inBucket({ versioned: true });
    valueOf(await target.create(RECORD, bytes('first')));
    await ceph.adminClient.putBucketVersioning({
      Bucket: bench.bucket,
      VersioningConfiguration: { Status: 'Suspended' },
    });
    await replaceByHand(RECORD, 'second');
    valueOf(await target.remove(RECORD));
    expect(await versionsOf(RECORD)).toEqual({ versions: 0, markers: 0 });
  });
});
