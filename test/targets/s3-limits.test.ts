import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, createClient, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { collect } from '../support/collect.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { ARTIFACT, createS3Bench, LARGE_BYTES, RECORD, type S3Bench } from '../support/s3-bench.ts';

describe.skipIf(lacksCeph())('an s3 target whose store sets limits', () => {
  let ceph: Ceph;
  let bench: S3Bench;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  afterEach(() => bench.close());

  it('is full where the quota of its user is used up, and goes on once it is raised', async () => {
    const user = await ceph.createUser();
    const client = createClient(ceph.endpoint, user);
    const own = `quota-${randomBytes(6).toString('hex')}`;
    await client.createBucket({ Bucket: own });
    await ceph.limitObjects(user, 2);
    bench = await createS3Bench(ceph);
    const target = await bench.open({ bucket: own }, { identity: user });
    for (const key of ['a', 'b']) valueOf(await target.create(key, Buffer.from(key)));
    const bytes = randomBytes(LARGE_BYTES);
    const file = await bench.stage(bytes);
    for (const refused of [
      await target.create(RECORD, Buffer.from('signed')),
      await target.upload(ARTIFACT, file),
    ])
      expect(failureIn(refused)).toMatchObject({
        code: 'TARGET_FULL',
        message: expect.stringContaining('the quota is used up') as string,
      });
    expect(valueOf(await target.list('')).map(({ key }) => key)).toEqual(['a', 'b']);
    await ceph.limitObjects(user, 100);
    expect(valueOf(await target.upload(ARTIFACT, file))).toBe('created');
    expect((await collect(valueOf(await target.read(ARTIFACT)))).equals(bytes)).toBe(true);
    client.destroy();
  });

  it('shows all of many pages, of objects, of versions and of uploads that were given up', async () => {
    bench = await createS3Bench(ceph, { versioned: true });
    const target = await bench.open();
    const Bucket = bench.bucket;
    const Key = `p/${RECORD}`;
    await Promise.all(
      Array.from({ length: 210 }, () => ceph.adminClient.putObject({ Bucket, Key, Body: 'x' })),
    );
    await Promise.all(
      Array.from({ length: 110 }, () =>
        ceph.adminClient.createMultipartUpload({ Bucket, Key: `p/${ARTIFACT}` }),
      ),
    );
    const uploads = valueOf(await target.list('tmp/'));
    expect(new Set(uploads.map(({ key }) => key)).size).toBe(110);
    valueOf(await target.remove(RECORD));
    const left = await ceph.adminClient.listObjectVersions({ Bucket, Prefix: Key });
    expect([left.Versions ?? [], left.DeleteMarkers ?? []]).toEqual([[], []]);
  });
});
