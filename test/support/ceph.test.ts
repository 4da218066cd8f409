import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, createClient, lacksCeph, startCeph, type Ceph } from './ceph.ts';

describe.skipIf(lacksCeph())('the object store of the test run', () => {
  let ceph: Ceph;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);

  it('checks signatures, owners and conditions', async () => {
    const Bucket = await ceph.createBucket();
    const put = (body: string) =>
      new PutObjectCommand({ Bucket, Key: 'a', Body: Buffer.from(body), IfNoneMatch: '*' });
    await ceph.adminClient.send(put('first'));
    await expect(ceph.adminClient.send(put('second'))).rejects.toMatchObject({ Code: 'PreconditionFailed' });

    const get = new GetObjectCommand({ Bucket, Key: 'a' });
    const found = await ceph.adminClient.send(get);
    expect(await found.Body?.transformToString()).toBe('first');
    const stranger = createClient(ceph.endpoint, await ceph.createUser());
    await expect(stranger.send(get)).rejects.toMatchObject({ Code: 'AccessDenied' });
    const forger = createClient(ceph.endpoint, { ...ceph, secretAccessKey: 'guessed' });
    await expect(forger.send(get)).rejects.toMatchObject({ Code: 'SignatureDoesNotMatch' });
  });
});
