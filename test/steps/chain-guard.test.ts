import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId, newSnapshotId } from '../../src/catalog/ids.ts';
import { condemnChain } from '../../src/catalog/prune/condemn.ts';
import { reprieveChain } from '../../src/catalog/prune/reprieve.ts';
import { sweepChain } from '../../src/catalog/prune/sweep.ts';
import { FAILURE_KINDS } from '../../src/domain/failure.ts';
import type { Repository } from '../../src/catalog/repository.ts';
import type { PruneChain } from '../../src/domain/prune-plan.ts';
import type { Result } from '../../src/domain/result.ts';
import type { BackupTask } from '../../src/domain/run-graph.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import type { Target } from '../../src/domain/target.ts';
import type { StepSummary } from '../../src/executor/step-handler.ts';
import type { CapturedSnapshot } from '../../src/steps/captured-snapshot.ts';
import { commitStep } from '../../src/steps/commit.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { putData, sampleRecord, START_MS } from '../support/sample-records.ts';
import {
  catalogOf,
  commitPruneChain,
  createPruneWorld,
  DAY_MS,
  HOUR_MS,
  keysIn,
  PLAN,
  pruneContext,
  snapshotIn,
  type PruneWorld,
} from '../support/prune-world.ts';

const RUN = newRunId(START_MS);

describe('a commit beside a prune', () => {
  let world: PruneWorld;
  let chain: PruneChain;
  /** What the writer saw when it began. */
  let seen: Catalog;
  let task: BackupTask;
  let captured: CapturedSnapshot;

  beforeEach(async () => {
    world = await createPruneWorld();
    chain = await commitPruneChain(world, { levels: 2 });
    seen = await catalogOf(world);
    const snapshotId = newSnapshotId(START_MS + DAY_MS);
    const [, parent] = chain.members;
    const { artifacts, index, ...record } = sampleRecord(world.repository, { snapshotId }, START_MS + DAY_MS);
    await putData(world, { ...record, artifacts, index });
    task = {
      snapshotId,
      resource: 'files',
      mode: 'incremental',
      targets: ['memory'],
      parentId: parent?.snapshotId ?? '',
    };
    captured = {
      objects: [],
      artifacts,
      index,
      startedMs: START_MS,
      consistentAtMs: START_MS + DAY_MS,
      durationMs: 1,
      warnings: [],
      chain: {
        mode: 'incremental',
        root: chain.root,
        level: 2,
        parent: { snapshotId: parent?.snapshotId ?? '', recordSha256: parent?.recordSha256 ?? '' },
      },
    };
  });

  const commit = (target: Target = world.repository.target): Promise<Result<StepSummary>> => {
    const repositories = new Map<string, Repository>([['memory', { ...world.repository, target }]]);
    const run = {
      plan: { name: PLAN, digest: `sha256:${'0'.repeat(64)}`, resources: { files: { type: 'files' } } },
      runId: RUN,
      catalog: seen,
      repositories,
      refused: new Map(),
      signer: world.signer,
      writer: 'host-a',
      verifier: world.verifier,
      clock: world.time.clock,
      facts: { toolVersion: '0.1.0', os: 'linux', arch: 'x64' },
    } as unknown as RunContext;
    const action = { kind: 'commit' as const, task, target: 'memory' };
    const step = {
      id: 'x',
      action,
      needs: [],
      lane: { kind: 'host' } as const,
      retries: 0,
      subject: 'files',
    };
    const nothing = (): void => undefined;
    const { signal } = new AbortController();
    return commitStep(
      run,
      new Map([[task.snapshotId, captured]]),
    )({
      step,
      signal,
      attempt: 1,
      progress: nothing,
      warn: nothing,
    });
  };

  /** Something happens right after the record was made. */
  const afterRecord = (meanwhile: () => Promise<unknown>): Target => {
    const { target } = world.repository;
    return {
      ...target,
      create: async (key, bytes) => {
        const created = await target.create(key, bytes);
        if (key.includes(`/snapshots/files/${task.snapshotId}`)) await meanwhile();
        return created;
      },
    };
  };
  const isDemoted = async (): Promise<boolean> =>
    (await catalogOf(world)).events.some(
      ({ event, facts }) => event === 'demote' && facts['snapshotId'] === task.snapshotId,
    );

  it('succeeds where nobody condemned anything', async () => {
    valueOf(await commit());
    expect(snapshotIn(await catalogOf(world), task.snapshotId).good).toBe(true);
  });

  it.each([0, 1])('makes no record where ancestor %i is condemned already', async (index) => {
    const member = chain.members[index];
    const members = member === undefined ? [] : [member];
    valueOf(await condemnChain(pruneContext(world), { ...chain, members }));
    const { code, message } = failureIn(await commit());
    expect(code).toBe('PARENT_CONDEMNED');
    expect(message).toBe(`a prune has condemned ${member?.snapshotId ?? ''}`);
    expect(keysIn(world, `/snapshots/files/${task.snapshotId}`)).toEqual([]);
  });

  it.each([0, 1])('demotes its snapshot where ancestor %i was condemned meanwhile', async (index) => {
    const member = chain.members[index];
    const members = member === undefined ? [] : [member];
    const target = afterRecord(async () => condemnChain(pruneContext(world), { ...chain, members }));
    expect(failureIn(await commit(target)).code).toBe('PARENT_CONDEMNED');
    expect(await isDemoted()).toBe(true);
    expect(snapshotIn(await catalogOf(world), task.snapshotId).good).toBe(false);
  });

  it('demotes its snapshot where a prune that had not seen it is done already', async () => {
    const { target } = world.repository;
    let record: Uint8Array | undefined;
    // The prune looks before the record is there, and takes its marks away before the writer looks.
    const raced: Target = {
      ...target,
      create: async (key, bytes) => {
        if (key.includes(`/snapshots/files/${task.snapshotId}`)) {
          record = bytes;
          valueOf(await sweepChain(pruneContext(world), chain));
        }
        return target.create(key, bytes);
      },
    };
    const { code, message } = failureIn(await commit(raced));
    expect(record).toBeDefined();
    expect(keysIn(world, '/marks/')).toEqual([]);
    expect(code).toBe('PARENT_CONDEMNED');
    expect(message).toContain('a prune has deleted');
    expect(await isDemoted()).toBe(true);
  });

  it('succeeds where the condemnation was cancelled', async () => {
    const context = pruneContext(world);
    valueOf(await condemnChain(context, chain));
    valueOf(await reprieveChain(context, chain));
    valueOf(await commit());
    expect(await isDemoted()).toBe(false);
  });

  it('demotes also the record of an earlier attempt that stands', async () => {
    valueOf(await commit());
    world.advance(HOUR_MS);
    const target = afterRecord(async () => condemnChain(pruneContext(world), chain));
    expect(failureIn(await commit(target)).code).toBe('PARENT_CONDEMNED');
    expect(await isDemoted()).toBe(true);
  });

  it('looks again where the look failed, before it calls anything good', async () => {
    let isBlind = true;
    const { target } = world.repository;
    const failing = faultyTarget(target, { at: 0, moment: 'before', only: ['list'] });
    const blind: Target = {
      ...afterRecord(async () => condemnChain(pruneContext(world), chain)),
      list: (prefix) =>
        isBlind && keysIn(world, `/snapshots/files/${task.snapshotId}`).length > 0
          ? failing.list(prefix)
          : target.list(prefix),
    };
    expect(failureIn(await commit(blind)).code).toBe('TARGET_UNREACHABLE');
    expect(await isDemoted()).toBe(false);
    isBlind = false;
    expect(failureIn(await commit()).code).toBe('PARENT_CONDEMNED');
    expect(await isDemoted()).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'fails for good where the demotion is lost %s it takes effect: the marks may be gone at a next attempt',
    async (moment) => {
      const condemning = afterRecord(async () => condemnChain(pruneContext(world), chain));
      const lost = faultyTarget(world.repository.target, { at: 0, moment });
      const target: Target = {
        ...condemning,
        create: (key, bytes) => (key.includes('/events/') ? lost : condemning).create(key, bytes),
      };
      const { code } = failureIn(await commit(target));
      expect(FAILURE_KINDS[code].retryable).toBe(false);
      expect(await isDemoted()).toBe(moment === 'after');
    },
  );

  it('of a full looks only at marks of the snapshot itself', async () => {
    valueOf(await condemnChain(pruneContext(world), chain));
    task = { ...task, mode: 'full' };
    captured = { ...captured, chain: { mode: 'full', root: task.snapshotId, level: 0 } };
    valueOf(await commit());
    expect(snapshotIn(await catalogOf(world), task.snapshotId).good).toBe(true);
  });
});
