import { beforeAll, describe } from 'vitest';
import { s3 } from '../../src/targets/s3/index.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { s3Context } from '../support/s3-place.ts';
import { describeTarget } from './conformance.ts';

describe.skipIf(lacksCeph())('on a real store', () => {
  let ceph: Ceph;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);

  describeTarget(
    's3',
    async () => {
      const bucket = await ceph.createBucket();
      return {
        connect: () => s3.create(s3Context(ceph, { bucket, prefix: 'some/where' })),
        remove: () => Promise.resolve(),
      };
    },
    // Three pages.
    { absentPlace: false, manyKeys: 250 },
  );
});
