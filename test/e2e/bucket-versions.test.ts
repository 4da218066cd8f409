import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { lacks } from '../support/requires.ts';
import { bucketPlace, type BucketPlace } from './support/bucket-place.ts';
import { lastJson } from './support/cli.ts';
import { createRemoteWorkspace, expectRestorable, takenBy } from './support/remote-runs.ts';

interface VerifyDocument {
  readonly checks: readonly {
    readonly snapshotId: string;
    readonly result: string;
    readonly failure?: { readonly code: string; readonly hint?: string };
  }[];
}

const RETENTION = { standard: { keep: { last: 1 }, minimum: 1, maxDelete: '100%' } };

describe.skipIf(lacksCeph() || lacks('zstd'))('a bucket with versions', () => {
  let ceph: Ceph;
  let place: BucketPlace;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  afterEach(() => place.stop());

  it.each(['deleted', 'replaced'])(
    'has what an attacker %s: verify says so and how to get it back, and then it is good again',
    async (what) => {
      place = await bucketPlace(ceph, { versioned: true }, { exclusive: true });
      await using workspace = await createRemoteWorkspace(place, { retention: RETENTION });
      const id = takenBy(await workspace.succeed('apply', '--yes', '--json'));
      const key = (await place.keys()).find((one) => one.includes(id) && /output\..*gpg$/.test(one)) ?? '';
      const { VersionId: made } =
        what === 'deleted'
          ? await place.admin.deleteObject({ Bucket: place.bucket, Key: key })
          : await place.admin.putObject({ Bucket: place.bucket, Key: key, Body: 'forged' });
      const verified = await workspace.run(['verify', '--level', 'record', '--json']);
      expect(verified.exitCode, verified.stdout).toBe(5);
      const [check] = lastJson<VerifyDocument>(verified).checks;
      expect(check).toMatchObject({ snapshotId: id, result: 'failed' });
      expect(check?.failure?.hint).toMatch(new RegExp(`^Somebody ${what} it`));
      if (what === 'deleted') expect(check?.failure?.hint).toContain(`delete marker ${made ?? '?'}`);
      expect((await workspace.run(['status'])).exitCode).not.toBe(0);
      await place.admin.deleteObject({ Bucket: place.bucket, Key: key, VersionId: made });
      await workspace.succeed('verify', '--level', 'checksum');
      await expectRestorable(workspace, [id]);
    },
  );

  it('keeps nothing of what a prune takes', async () => {
    place = await bucketPlace(ceph, { versioned: true }, { exclusive: true });
    await using workspace = await createRemoteWorkspace(place, { retention: RETENTION });
    const first = takenBy(await workspace.succeed('apply', '--yes', '--no-prune', '--json'));
    const second = takenBy(await workspace.succeed('backup', '--json'));
    await workspace.succeed('prune');
    expect(await workspace.listed()).toEqual([{ id: second, good: true }]);
    const versions = await place.versions();
    expect(versions.filter((key) => key.includes(first))).toEqual([]);
    expect(versions.filter((key) => /\/(lease|intents|marks)\//.test(key))).toEqual([]);
  });

  it('in which a store takes no notice of conditions holds no log, unless one run at a time writes there', async () => {
    place = await bucketPlace(ceph, { versioned: true });
    await using workspace = await createRemoteWorkspace(place);
    const refused = await workspace.run(['apply', '--yes', '--json']);
    expect(refused.exitCode, refused.stdout).toBe(8);
    expect(lastJson(refused)).toMatchObject({ code: 'STORE_WEAK' });
    expect(refused.stderr).toContain('exclusive: true');
    expect((await place.keys()).filter((key) => /\/(snapshots|data|log)\//.test(key))).toEqual([]);
  });
});
