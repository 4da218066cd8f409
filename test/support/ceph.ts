import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { CreateBucketCommand, PutBucketVersioningCommand, S3 } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { askForCeph, type CephPlace } from './ceph-broker.ts';
import { lacks } from './requires.ts';

/**
 * A real S3 store (Ceph RGW, path style, plain HTTP on loopback), one for the whole test run:
 *
 *     describe.skipIf(lacksCeph())('…', () => {
 *       let ceph: Ceph;
 *       beforeAll(async () => { ceph = await startCeph(); }, CEPH_START_MS);
 *       const bucket = await ceph.createBucket();       // a fresh one, named at random
 *       { type: 's3', bucket, endpoint: ceph.endpoint, pathStyle: true, allowInsecure: true, region: 'us-east-1', … }
 *
 * Nothing has to be stopped or removed: the store goes with the test run.
 */
export interface Ceph {
  readonly endpoint: string;
  /** Of a user that owns every bucket made by `createBucket`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Signs as that user. */
  readonly adminClient: S3;
  createBucket(options?: BucketOptions): Promise<string>;
  /** Another user, who may do nothing with the buckets of the first one until a policy says so. */
  createUser(): Promise<CephUser>;
  /** Of all objects of a user. The store counts now and then, so it is a little late. */
  limitObjects(user: CephUser, maxObjects: number): Promise<void>;
}

export interface BucketOptions {
  readonly versioned?: boolean;
  /** Implies versions. */
  readonly objectLock?: boolean;
}

export interface CephUser {
  readonly name: string;
  /** What a bucket policy calls it. */
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** For the hook that calls `startCeph`. */
export const CEPH_START_MS = 120_000;

export function lacksCeph(): boolean {
  return lacks('ceph-mon', 'ceph-osd', 'ceph', 'radosgw', 'setpriv');
}

export async function startCeph(): Promise<Ceph> {
  const place = await askForCeph(inject('cephBroker'));
  const { endpoint } = place;
  const owner = await createUser(place);
  const adminClient = createClient(endpoint, owner);
  return {
    endpoint,
    accessKeyId: owner.accessKeyId,
    secretAccessKey: owner.secretAccessKey,
    adminClient,
    createBucket: (options = {}) => createBucket(adminClient, options),
    createUser: () => createUser(place),
    limitObjects: (user, maxObjects) => limitObjects(place, user, maxObjects),
  };
}

export function createClient(
  endpoint: string,
  { accessKeyId, secretAccessKey }: Pick<CephUser, 'accessKeyId' | 'secretAccessKey'>,
): S3 {
  return new S3({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function createBucket(client: S3, { versioned, objectLock }: BucketOptions): Promise<string> {
  const Bucket = `test-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: objectLock ?? false }));
  if (versioned === true) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  return Bucket;
}

async function createUser({ confPath }: CephPlace): Promise<CephUser> {
  const name = `user-${randomBytes(6).toString('hex')}`;
  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  await administer(confPath, ['user', 'create', '--uid', name, '--display-name', name, ...keys]);
  return { name, arn: `arn:aws:iam:::user/${name}`, accessKeyId, secretAccessKey };
}

async function limitObjects({ confPath }: CephPlace, { name }: CephUser, maxObjects: number): Promise<void> {
  const scope = ['--uid', name, '--quota-scope', 'user'];
  await administer(confPath, ['quota', 'set', ...scope, '--max-objects', String(maxObjects)]);
  await administer(confPath, ['quota', 'enable', ...scope]);
}

/** Keys are those of a store that lives as long as the test run, so they may be arguments. */
async function administer(confPath: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)('radosgw-admin', ['-c', confPath, '-n', 'client.rgw.a', ...args]);
}
