import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { s3 } from '../../src/targets/s3/index.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph, type CephUser } from '../support/ceph.ts';
import { lacks } from '../support/requires.ts';
import { bucketPlace, type BucketPlace } from './support/bucket-place.ts';
import { createRemoteWorkspace, takenBy } from './support/remote-runs.ts';

interface Statement {
  readonly Sid: string;
}

describe.skipIf(lacksCeph() || lacks('zstd'))('a bucket whose writer may not delete', () => {
  let ceph: Ceph;
  let place: BucketPlace;
  let writer: CephUser;
  let pruner: CephUser;
  beforeAll(async () => {
    ceph = await startCeph();
    [writer, pruner] = [await ceph.createUser(), await ceph.createUser()];
    place = await bucketPlace(ceph, {});
    const Statement = [...statements('writer', writer), ...statements('pruner', pruner)];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await ceph.adminClient.putBucketPolicy({ Bucket: place.bucket, Policy });
  }, CEPH_START_MS);
  afterAll(() => place.stop());

  /** What `doctor --iam` prints for the role, for one user. */
  const statements = (role: string, { arn }: CephUser): object[] => {
    const options: JsonObject = { bucket: place.bucket };
    const { document = '{}' } = s3.accessPolicies?.(options).find((one) => one.role === role) ?? {};
    return (JSON.parse(document) as { Statement: readonly Statement[] }).Statement.map((one) => ({
      ...one,
      Sid: `${role}${one.Sid}`,
      Principal: { AWS: [arn] },
    }));
  };

  it('takes backups, is told so before anything is marked, and is pruned with credentials of its own (C24)', async () => {
    const target = await place.target();
    const secrets = {
      prunerId: { env: 'PRUNER_ID' },
      prunerKey: { env: 'PRUNER_KEY' },
    };
    const parts = {
      secrets,
      retention: { standard: { keep: { last: 1 }, minimum: 1, maxDelete: '100%' } },
    };
    const env = { AWS_ACCESS_KEY_ID: writer.accessKeyId, AWS_SECRET_ACCESS_KEY: writer.secretAccessKey };
    await using workspace = await createRemoteWorkspace({ ...place, env }, parts);
    await workspace.succeed('apply', '--yes', '--no-prune');
    const second = takenBy(await workspace.succeed('backup', '--json'));

    const refused = await workspace.run(['prune', '--json']);
    expect(refused.exitCode, refused.stdout).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('TARGET_DENIED');
    expect((await place.keys()).filter((key) => key.includes('/marks/'))).toEqual([]);
    expect((await workspace.listed()).map(({ good }) => good)).toEqual([true, true]);

    const plan = JSON.parse(await readFile(workspace.planFile, 'utf8')) as { targets: { disk: object } };
    const pruneCredentials = { accessKeyId: 'prunerId', secretAccessKey: 'prunerKey' };
    await workspace.write({ ...plan, targets: { disk: { ...target, pruneCredentials } } });
    const own = { PRUNER_ID: pruner.accessKeyId, PRUNER_KEY: pruner.secretAccessKey };
    const applied = await workspace.run(['apply', '--yes', '--no-prune'], { env: own });
    expect(applied.exitCode, applied.stdout + applied.stderr).toBe(0);
    const pruned = await workspace.run(['prune', '--json'], { env: own });
    expect(pruned.exitCode, pruned.stdout + pruned.stderr).toBe(0);
    const left = (await place.keys()).filter((key) => key.includes('/snapshots/'));
    expect(left).toEqual([`shop/snapshots/export/${second}.json`]);
    for (const secret of [pruner.secretAccessKey, writer.secretAccessKey])
      expect(pruned.stdout + pruned.stderr + applied.stdout).not.toContain(secret);
  });
});
