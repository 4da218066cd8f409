import { beforeAll, describe, expect, it } from 'vitest';
import { newSnapshotId } from '../../src/catalog/ids.ts';
import { dataKey, leaseKey, markerKey } from '../../src/catalog/keys.ts';
import { probeStore } from '../../src/catalog/probe/probe-store.ts';
import { initRepository, type Repository } from '../../src/catalog/repository.ts';
import type { AccessPolicy, Target } from '../../src/domain/target.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemTimers } from '../../src/platform/timers.ts';
import { s3 } from '../../src/targets/s3/index.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph, type CephUser } from '../support/ceph.ts';
import { startHttpFaultProxy } from '../support/http-fault-proxy.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { s3Context } from '../support/s3-place.ts';
import { createTestSigner } from '../support/signing-double.ts';

type Role = AccessPolicy['role'];
interface Statement {
  readonly Sid: string;
}

const PLAN = 'acme';
const PREFIX = 'primary';

describe.skipIf(lacksCeph())('the policies that doctor --iam prints, in a real store', () => {
  let ceph: Ceph;
  let bucket: string;
  let repository: Repository;
  const users = new Map<Role, CephUser>();
  const opened: Target[] = [];

  beforeAll(async () => {
    ceph = await startCeph();
    bucket = await ceph.createBucket();
    for (const role of ['reader', 'writer', 'pruner'] as const) users.set(role, await ceph.createUser());
    await ceph.adminClient.putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify(bucketPolicy()) });
    const target = await open(ceph);
    const about = { target, signer: createTestSigner(), clock: systemClock, toolVersion: '0.1.0' };
    repository = valueOf(await initRepository(about));
    return () => Promise.all(opened.map((one) => one.close()));
  }, CEPH_START_MS);

  /** What an administrator makes of the printed documents: each statement for its own user. */
  function bucketPolicy(): object {
    const policies = s3.accessPolicies?.(optionsOf()) ?? [];
    const Statement = policies.flatMap(({ role, document }) =>
      (JSON.parse(document) as { Statement: readonly Statement[] }).Statement.map((statement) => ({
        ...statement,
        Sid: `${role}${statement.Sid}`,
        Principal: { AWS: [users.get(role)?.arn] },
      })),
    );
    return { Version: '2012-10-17', Statement };
  }

  const optionsOf = () => s3Context(ceph, { bucket, prefix: PREFIX }).options;

  async function open(identity: Pick<CephUser, 'accessKeyId' | 'secretAccessKey'>): Promise<Target> {
    const target = s3.create(s3Context(ceph, { bucket, prefix: PREFIX }, { identity }));
    valueOf(await target.open());
    opened.push(target);
    return target;
  }

  const as = (role: Role): Promise<Target> => open(users.get(role) ?? ceph);
  const probe = (target: Target) =>
    probeStore({
      repository: { ...repository, target },
      plan: PLAN,
      clock: systemClock,
      timers: systemTimers,
    });
  const someData = (): string =>
    dataKey(
      { plan: PLAN, resource: 'files', snapshotId: newSnapshotId(Date.now()) },
      { name: 'files', extension: 'tar', compression: 'none' },
    );

  it('let a reader read and list, and nothing else', async () => {
    const reader = await as('reader');
    expect(valueOf(await reader.get(markerKey(), 65_536))).toBeDefined();
    expect(valueOf(await reader.list('')).map(({ key }) => key)).toContain(markerKey());
    expect(failureIn(await reader.create(someData(), Buffer.from('x'))).code).toBe('TARGET_DENIED');
    expect(failureIn(await reader.remove(markerKey())).code).toBe('TARGET_DENIED');
    expect(failureIn(await probe(reader)).code).toBe('TARGET_DENIED');
    expect(valueOf(await reader.stat(markerKey()))).toBeDefined();
  });

  it('let a writer write, and remove what is advisory alone', async () => {
    const writer = await as('writer');
    expect(valueOf(await probe(writer))).toMatchObject({
      createOnly: true,
      oneWinner: true,
      readAfterWrite: true,
      listAfterWrite: true,
      modificationTimes: true,
      mayRemove: false,
      lock: false,
    });
    const [data, lease] = [someData(), leaseKey(PLAN, 'here')];
    for (const key of [data, lease])
      expect(valueOf(await writer.create(key, Buffer.from('x')))).toBe('created');
    expect(failureIn(await writer.remove(data)).code).toBe('TARGET_DENIED');
    expect(valueOf(await writer.stat(data))).toBeDefined();
    valueOf(await writer.remove(lease));
    expect(valueOf(await writer.stat(lease))).toBeUndefined();
  });

  it('let a pruner remove', async () => {
    const [writer, pruner] = [await as('writer'), await as('pruner')];
    const data = someData();
    valueOf(await writer.create(data, Buffer.from('x')));
    valueOf(await pruner.remove(data));
    expect(valueOf(await writer.stat(data))).toBeUndefined();
    expect(valueOf(await probe(pruner))).toMatchObject({ mayRemove: true, createOnly: true });
  });

  it('let a writer remove with the credentials of a pruner, which are used for nothing else', async () => {
    const [writer = ceph, pruner = ceph] = [users.get('writer'), users.get('pruner')];
    const proxy = await startHttpFaultProxy({ upstream: ceph.endpoint });
    const options = { bucket, prefix: PREFIX, endpoint: proxy.endpoint };
    const target = s3.create(s3Context(ceph, options, { identity: writer, pruner }));
    opened.push(target);
    valueOf(await target.open());
    const data = someData();
    valueOf(await target.create(data, Buffer.from('x')));
    expect(valueOf(await target.get(data, 10))?.toString()).toBe('x');
    valueOf(await target.remove(data));
    expect(valueOf(await target.stat(data))).toBeUndefined();
    const askedBy = ({ accessKeyId }: { readonly accessKeyId: string }): Set<string> =>
      new Set(
        proxy.requests
          .filter(({ headers }) => headers.authorization?.includes(accessKeyId) === true)
          .map(({ method, query }) => (query.has('versioning') ? 'versioning' : method)),
      );
    expect(askedBy(writer)).toEqual(new Set(['GET', 'HEAD', 'PUT']));
    expect(askedBy(pruner)).toEqual(new Set(['versioning', 'DELETE']));
    await proxy.close();
  });

  it('go with a lifecycle that harms nothing, where another is named', async () => {
    const admin = await open(ceph);
    const notes = async (): Promise<string> => {
      const lifecycle = valueOf((await admin.examine?.()) ?? { ok: true, value: [] });
      return lifecycle
        .filter(({ topic, state }) => topic === 'lifecycle' && state !== 'ok')
        .map(({ detail }) => detail)
        .join('\n');
    };
    const rule = { ID: 'tidy-up', Status: 'Enabled', Filter: { Prefix: `${PREFIX}/` } } as const;
    const Rules = [{ ...rule, Expiration: { Days: 30 } }];
    await ceph.adminClient.putBucketLifecycleConfiguration({
      Bucket: bucket,
      LifecycleConfiguration: { Rules },
    });
    expect(await notes()).toContain('tidy-up');
    const harmless = JSON.parse(s3.safeLifecycle?.(optionsOf()) ?? '{}') as { Rules: typeof Rules };
    await ceph.adminClient.putBucketLifecycleConfiguration({
      Bucket: bucket,
      LifecycleConfiguration: harmless,
    });
    expect(await notes()).toBe('');
  });
});
