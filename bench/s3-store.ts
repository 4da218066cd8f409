import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { S3 } from '@aws-sdk/client-s3';
import { startCephDaemons, type CephDaemons } from '../test/support/ceph-daemons.ts';

export const BENCH_BUCKET = 'bench';

/** Ceph RGW on this machine with one bucket; it keeps everything in memory. */
export interface Store {
  readonly s3: S3;
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startStore(bytes: number): Promise<Store> {
  const ceph = await startCephDaemons(Math.round(bytes));
  return { ...(await openBucket(ceph)), stop: () => ceph.stop() };
}

async function openBucket({ confPath, endpoint }: CephDaemons): Promise<Omit<Store, 'stop'>> {
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  const user = ['user', 'create', '--uid', BENCH_BUCKET, '--display-name', BENCH_BUCKET, ...keys];
  await promisify(execFile)('radosgw-admin', ['-c', confPath, '-n', 'client.rgw.a', ...user]);
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await s3.createBucket({ Bucket: BENCH_BUCKET });
  return { s3, endpoint, env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } };
}
