import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { collect } from '../support/collect.ts';
import { valueOf } from '../support/results.ts';
import { ARTIFACT, createS3Bench, LARGE_BYTES, RECORD, type S3Bench } from '../support/s3-bench.ts';

const KMS = { sse: { type: 'aws:kms', keyId: 'backups' } };

describe.skipIf(lacksCeph())('what an s3 target asks the store to do with an object', () => {
  let ceph: Ceph;
  let bench: S3Bench;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  beforeEach(async () => {
    bench = await createS3Bench(ceph);
  });
  afterEach(() => bench.close());

  const headOf = (key: string) => ceph.adminClient.headObject({ Bucket: bench.bucket, Key: `p/${key}` });
  /** Of every request that begins an object, in the order of the keys. */
  const headersOfWrites = () =>
    bench.proxy.requests
      .filter(({ method, query }) =>
        method === 'PUT' ? !query.has('partNumber') : method === 'POST' && query.has('uploads'),
      )
      .map(({ path, headers }) => ({ key: path.slice(`/${bench.bucket}/p/`.length), headers }));

  it('is encrypted with a key of its key service, in one piece and in parts', async () => {
    const target = await bench.open(KMS);
    const bytes = randomBytes(LARGE_BYTES);
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    expect(valueOf(await target.create(RECORD, Buffer.from('signed')))).toBe('created');
    for (const key of [ARTIFACT, RECORD])
      expect(await headOf(key)).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'backups' });
    expect((await collect(valueOf(await target.read(ARTIFACT)))).equals(bytes)).toBe(true);
    const rest = valueOf(await target.read(ARTIFACT, { offset: 9_000_000 }));
    expect((await collect(rest)).equals(bytes.subarray(9_000_000))).toBe(true);
    expect(valueOf(await target.list('')).map(({ size }) => size)).toEqual([bytes.length, 6]);
  });

  it('is said of the keys of the store itself in the header that asks for them', async () => {
    const target = await bench.open({ sse: { type: 'AES256' } });
    bench.proxy.inject({ match: { method: 'PUT' }, action: { kind: 'answer', status: 200 } });
    await target.create(RECORD, Buffer.from('signed'));
    const [first] = headersOfWrites();
    expect(first).toMatchObject({
      key: RECORD,
      headers: { 'x-amz-server-side-encryption': 'AES256' },
    });
  });

  it('names a class of storage for artifacts alone', async () => {
    const target = await bench.open({ storageClass: 'STANDARD_IA' });
    const refuse = { kind: 'answer', status: 400, code: 'InvalidStorageClass' } as const;
    const isWrite = [
      { match: { method: 'PUT' }, times: 9, action: refuse },
      { match: { method: 'POST' }, times: 9, action: refuse },
    ];
    bench.proxy.inject(...isWrite);
    const [small, large] = [await bench.stage(Buffer.from('x')), await bench.stage(randomBytes(LARGE_BYTES))];
    const own = { payload: { storageClass: 'GLACIER' } };
    for (const [file, transfer] of [
      [small, { payload: {} }],
      [large, { payload: {} }],
      [large, own],
      [small, {}],
    ] as const)
      expect((await target.upload(ARTIFACT, file, transfer)).ok).toBe(false);
    await target.create(RECORD, Buffer.from('signed'));
    expect(headersOfWrites().map(({ headers }) => headers['x-amz-storage-class'])).toEqual([
      'STANDARD_IA',
      'STANDARD_IA',
      'GLACIER',
      undefined,
      undefined,
    ]);
  });
});
