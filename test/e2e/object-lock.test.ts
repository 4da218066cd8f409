import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { bucketPlace, type BucketPlace } from './support/bucket-place.ts';
import { createRemoteWorkspace, expectRestorable, takenBy } from './support/remote-runs.ts';
import type { PlanParts } from './support/workspace.ts';

interface PruneDocument {
  readonly outcomes: readonly {
    readonly state: string;
    readonly reason?: string;
    readonly snapshots: number;
  }[];
}

const PRUNING: PlanParts = {
  retention: { standard: { keep: { last: 1 }, minimum: 1, maxDelete: '100%' } },
};

describe.skipIf(lacksCeph() || lacks('zstd'))('a bucket with object lock', () => {
  let ceph: Ceph;
  let place: BucketPlace;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  afterAll(() => place.stop());

  const outcomesOf = (result: CliResult) =>
    lastJson<PruneDocument>(result).outcomes.filter(({ state }) => state !== 'collected');

  it('keeps what a prune would take, which says until when, and takes it once it may', async () => {
    place = await bucketPlace(
      ceph,
      { objectLock: true },
      { objectLock: { mode: 'governance', retainFor: '30d' }, exclusive: true },
    );
    await using workspace = await createRemoteWorkspace(place, PRUNING);
    const first = takenBy(await workspace.succeed('apply', '--yes', '--no-prune', '--json'));
    const second = takenBy(await workspace.succeed('backup', '--json'));
    const locks = await place.locks();
    const lasting = [...locks].filter(([key]) => !/\/(lease|intents|marks)\//.test(key));
    expect(lasting.length).toBeGreaterThan(8);
    for (const [key, mode] of lasting) expect(mode, key).toBe('GOVERNANCE');

    const early = await workspace.succeed('prune', '--json');
    expect(outcomesOf(early)).toMatchObject([{ state: 'deferred', snapshots: 1 }]);
    const month = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 7);
    expect(outcomesOf(early)[0]?.reason).toMatch(
      new RegExp(`^the store refuses it: .* is locked until ${month}`),
    );
    expect((await workspace.listed()).map(({ good }) => good)).toEqual([true, true]);
    await expectRestorable(workspace, [first, second]);

    await place.endLocks();
    expect(outcomesOf(await workspace.succeed('prune', '--json'))).toMatchObject([
      { state: 'swept', snapshots: 1 },
    ]);
    expect(await workspace.listed()).toEqual([{ id: second, good: true }]);
    expect(
      (await place.versions()).filter((key) => key.includes(first) && !key.includes('/events/')),
    ).toEqual([]);
    await expectRestorable(workspace, [second]);
  });

  it('is asked for by a plan in vain where the bucket was made without, and nothing is written', async () => {
    place = await bucketPlace(ceph, {}, { objectLock: { mode: 'compliance', retainFor: '1d' } });
    await using workspace = await createRemoteWorkspace(place);
    const refused = await workspace.run(['apply', '--yes']);
    expect(refused.exitCode, refused.stdout).toBe(8);
    expect(refused.stdout + refused.stderr).toContain('has no object lock, which the plan asks for');
    expect(await place.keys()).toEqual([]);
  });
});
