import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../../../src/catalog/ids.ts';
import { collectLeftovers } from '../../../src/catalog/prune/collect.ts';
import { condemnChain } from '../../../src/catalog/prune/condemn.ts';
import type { PruneContext } from '../../../src/catalog/prune/context.ts';
import { findLeftovers } from '../../../src/catalog/prune/leftovers.ts';
import { reprieveChain } from '../../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../../src/catalog/prune/sweep.ts';
import { undeleteSnapshot } from '../../../src/catalog/prune/undelete.ts';
import { initRepository } from '../../../src/catalog/repository.ts';
import type { PruneChain } from '../../../src/domain/prune-plan.ts';
import { errnoError, faultyFiles } from '../../support/faulty-files.ts';
import { makePlace, openTarget } from '../../support/filesystem-place.ts';
import { manualTime } from '../../support/manual-time.ts';
import { createMemoryStore } from '../../support/memory-target.ts';
import {
  catalogSeenBy,
  commitPruneChain,
  DAY_MS,
  HOUR_MS,
  PLAN,
  pruneContext,
  type PruneWorld,
} from '../../support/prune-world.ts';
import { valueOf } from '../../support/results.ts';
import { putData, sampleRecord, START_MS } from '../../support/sample-records.ts';
import { createRoleVerifier, createTestSigner } from '../../support/signing-double.ts';

describe('on a real file system', () => {
  let path: string;
  let world: PruneWorld;
  let chain: PruneChain;

  beforeEach(async () => {
    ({ path } = await makePlace());
    const [signer, pruner] = [createTestSigner(), createTestSigner()];
    const verifier = createRoleVerifier([
      { signer, may: ['write', 'apply'] },
      { signer: pruner, may: ['prune'] },
    ]);
    const target = await openTarget(path);
    const time = manualTime(Date.now());
    const repository = valueOf(
      await initRepository({ target, signer, clock: time.clock, toolVersion: '0.1.0' }),
    );
    await age('repo.json', 400 * DAY_MS);
    const store = createMemoryStore();
    const advance = (): void => expect.fail('the clock of a file system cannot be moved');
    world = { store, repository, signer, pruner, verifier, time, advance };
    chain = await commitPruneChain(world, { levels: 2 });
  });

  /** Makes a file look as old as that. */
  async function age(key: string, ms: number): Promise<void> {
    const at = new Date(Date.now() - ms);
    await utimes(join(path, key), at, at);
  }
  const context = (changes: Partial<PruneContext> = {}): PruneContext => pruneContext(world, changes);
  const catalog = () => catalogSeenBy(world.verifier, [world]);
  const files = async (): Promise<string[]> => {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(path.length + 1))
      .sort();
  };
  const leftovers = async () => {
    const request = { repository: world.repository, plan: PLAN, catalog: await catalog() };
    return valueOf(await findLeftovers({ ...request, nowStoreMs: Date.now() }));
  };

  it('a chain is swept and nothing but its explanation is left', async () => {
    const before = await files();
    expect(before.filter((file) => file.includes(chain.root))).toHaveLength(3);
    expect(valueOf(await sweepChain(context(), chain))).toEqual({ state: 'swept', snapshots: 2, bytes: 30 });
    const after = await files();
    expect(
      after.filter((file) => !before.includes(file)).every((file) => file.startsWith(`${PLAN}/events/`)),
    ).toBe(true);
    expect(after).toHaveLength(before.length - 6 + 2);
    expect((await catalog()).problems).toEqual([]);
  });

  it('a grace is measured by the times of its files', async () => {
    const graced = { ...chain, graceMs: DAY_MS };
    const condemnation = context();
    valueOf(await condemnChain(condemnation, graced));
    world.time.advance(100 * DAY_MS);
    expect(valueOf(await sweepChain(context(), graced)).state).toBe('deferred');
    for (const { snapshotId } of chain.members)
      await age(`${PLAN}/marks/${snapshotId}/${condemnation.runId}.json`, DAY_MS + 1000);
    expect(valueOf(await sweepChain(context(), graced)).state).toBe('swept');
  });

  it('a chain is taken back whole', async () => {
    valueOf(await condemnChain(context(), chain));
    const snapshotIds = chain.members.map(({ snapshotId }) => snapshotId);
    const request = { resource: 'files', snapshotIds };
    expect(valueOf(await undeleteSnapshot(context({ signer: world.signer }), request)).state).toBe(
      'restored',
    );
    expect((await catalog()).snapshots.map(({ good }) => good)).toEqual([true, true]);
    expect(valueOf(await sweepChain(context(), chain)).state).toBe('kept');
  });

  it('a reprieve and another condemnation follow each other', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      valueOf(await condemnChain(context(), chain));
      expect((await catalog()).snapshots.map(({ good }) => good)).toEqual([false, false]);
      valueOf(await reprieveChain(context(), chain));
      expect((await catalog()).snapshots.map(({ good }) => good)).toEqual([true, true]);
    }
  });

  it('a disk that refuses to delete defers the sweep, and the chain stays good', async () => {
    const layer = faultyFiles(({ operation, path: file }) =>
      operation === 'unlink' && file.includes('/data/')
        ? { error: errnoError('EPERM'), moment: 'before' }
        : undefined,
    );
    const target = await openTarget(path, layer);
    const repository = { ...world.repository, target };
    const swept = valueOf(await sweepChain(context({ repository }), chain));
    expect(swept).toMatchObject({ state: 'deferred' });
    expect(await readdir(join(path, PLAN, 'marks', chain.root))).toEqual([]);
    expect((await catalog()).snapshots.map(({ good }) => good)).toEqual([true, true]);
  });

  it('old debris goes, and young debris and what others put there stay', async () => {
    const record = sampleRecord(world.repository, {}, START_MS + DAY_MS);
    await putData(world, record);
    const staged = `tmp/${newRunId(START_MS)}/part.gpg`;
    const foreign = `${PLAN}/data/files/${record.snapshotId}/README.txt`;
    for (const file of [staged, foreign]) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), 'x');
    }
    expect(await leftovers()).toEqual([]);
    for (const file of [staged, foreign, record.index.key, record.artifacts[0]?.key ?? ''])
      await age(file, 7 * DAY_MS + HOUR_MS);
    const found = await leftovers();
    expect(found.map(({ kind }) => kind).sort()).toEqual(['data', 'index', 'staging']);
    expect(valueOf(await collectLeftovers(context(), found))).toMatchObject({ objects: 3, refused: 0 });
    expect(await readFile(join(path, foreign), 'utf8')).toBe('x');
    expect((await catalog()).snapshots.map(({ good }) => good)).toEqual([true, true]);
    expect((await files()).filter((file) => file.startsWith('tmp/') && file.endsWith('.gpg'))).toEqual([]);
  });

  it('two sweeps at once end without a failure', async () => {
    const outcomes = await Promise.all([sweepChain(context(), chain), sweepChain(context(), chain)]);
    expect(outcomes.map((outcome) => valueOf(outcome).state)).toEqual(['swept', 'swept']);
    expect((await catalog()).snapshots).toEqual([]);
    expect((await catalog()).problems).toEqual([]);
  });
});
