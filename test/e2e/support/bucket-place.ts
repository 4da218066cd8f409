import { setTimeout } from 'node:timers/promises';
import { startCountingProxy } from '../../support/counting-proxy.ts';
import type { BucketOptions, Ceph } from '../../support/ceph.ts';
import type { RemotePlace } from './remote-place.ts';
import type { PlanParts } from './workspace.ts';

/** One bucket of the test run's store, and what its owner sees and does there. */
export interface BucketPlace extends RemotePlace {
  readonly bucket: string;
  /** Signs as the owner. */
  readonly admin: Ceph['adminClient'];
  /** Key of every version that is kept, sorted; delete markers too. */
  versions(): Promise<readonly string[]>;
  /** Mode of the lock of every current object, by its key. */
  locks(): Promise<ReadonlyMap<string, string | undefined>>;
  /** As time would; for the mode GOVERNANCE. */
  endLocks(): Promise<void>;
}

export async function bucketPlace(
  ceph: Ceph,
  made: BucketOptions,
  options: PlanParts = {},
): Promise<BucketPlace> {
  const { adminClient: admin, endpoint, accessKeyId, secretAccessKey } = ceph;
  const Bucket = await ceph.createBucket(made);
  const proxy = await startCountingProxy(Number(new URL(endpoint).port));
  const keys = async (): Promise<string[]> =>
    ((await admin.listObjectsV2({ Bucket })).Contents ?? []).map(({ Key = '' }) => Key);
  const allVersions = async () => (await admin.listObjectVersions({ Bucket })).Versions ?? [];
  return {
    proxy,
    bucket: Bucket,
    admin,
    env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    target: () =>
      Promise.resolve({
        type: 's3',
        bucket: Bucket,
        endpoint: `http://127.0.0.1:${String(proxy.port)}`,
        ...{ pathStyle: true, allowInsecure: true },
        ...options,
      }),
    keys,
    versions: async () => {
      const { Versions = [], DeleteMarkers = [] } = await admin.listObjectVersions({ Bucket });
      return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key).sort();
    },
    locks: async () => {
      const found = new Map<string, string | undefined>();
      for (const Key of await keys())
        found.set(Key, (await admin.headObject({ Bucket, Key })).ObjectLockMode);
      return found;
    },
    endLocks: async () => {
      let untilMs = 0;
      for (const { Key, VersionId } of await allVersions()) {
        const version = { Bucket, Key, VersionId };
        if ((await admin.headObject(version)).ObjectLockMode === undefined) continue;
        // A store takes no end that lies in the past, and a busy machine takes its time.
        untilMs = Date.now() + 2000;
        const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(untilMs) } as const;
        await admin.putObjectRetention({ ...version, Retention, BypassGovernanceRetention: true });
      }
      await setTimeout(Math.max(0, untilMs - Date.now()));
    },
    stop: () => proxy.close(),
  };
}
