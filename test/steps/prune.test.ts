import { beforeEach, describe, expect, it } from 'vitest';
import { newRunId } from '../../src/catalog/ids.ts';
import { failure } from '../../src/domain/failure.ts';
import type { PruneChain } from '../../src/domain/prune-plan.ts';
import type { PruneOutcome } from '../../src/domain/prune-report.ts';
import { failed, type Result } from '../../src/domain/result.ts';
import type { StepAction } from '../../src/domain/run-graph.ts';
import type { StepSummary } from '../../src/executor/step-handler.ts';
import { createHandlers } from '../../src/steps/handlers.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { putData, sampleRecord, START_MS } from '../support/sample-records.ts';
import {
  catalogOf,
  commitPruneChain,
  createPruneWorld,
  DAY_MS,
  PLAN,
  say,
  type PruneWorld,
} from '../support/prune-world.ts';

describe('the steps that prune', () => {
  let world: PruneWorld;
  let chain: PruneChain;
  let outcomes: PruneOutcome[];

  beforeEach(async () => {
    world = await createPruneWorld();
    chain = await commitPruneChain(world, { levels: 2 });
    outcomes = [];
  });

  const contextOf = (changes: Partial<RunContext> = {}): RunContext =>
    ({
      plan: { name: PLAN, directory: '/' },
      runId: newRunId(world.time.clock.nowMs()),
      repositories: new Map([['memory', world.repository]]),
      refused: new Map(),
      verifier: world.verifier,
      clock: world.time.clock,
      facts: { toolVersion: '0.1.0', os: 'linux', arch: 'x64' },
      pruner: { signer: world.pruner, name: 'pruner' },
      onPruned: (outcome) => outcomes.push(outcome),
      ...changes,
    }) as Partial<RunContext> as RunContext;

  const perform = (action: StepAction, run = contextOf()): Promise<Result<StepSummary>> => {
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
    return createHandlers(run)[action.kind]({ step, signal, attempt: 1, progress: nothing, warn: nothing });
  };
  const about = { target: 'memory', resource: 'files' };

  it('sweep, and say how much', async () => {
    const swept = await perform({ kind: 'sweep', target: 'memory', chain });
    expect(valueOf(swept)).toEqual({ summary: 'swept 2 snapshots, 30 B', warnings: [] });
    expect(outcomes).toEqual([{ ...about, root: chain.root, state: 'swept', snapshots: 2, bytes: 30 }]);
    expect((await catalogOf(world)).snapshots).toEqual([]);
  });

  it('keep what was pinned meanwhile, and say so without failing', async () => {
    await say(world, { event: 'pin', facts: { snapshotId: chain.root } });
    const kept = await perform({ kind: 'sweep', target: 'memory', chain });
    const reason = `${chain.root} was pinned meanwhile`;
    expect(valueOf(kept).summary).toBe(`kept: ${reason}`);
    expect(outcomes).toEqual([
      { ...about, root: chain.root, state: 'kept', snapshots: 2, bytes: 30, reason },
    ]);
  });

  it('condemn, wait, reprieve and sweep at last', async () => {
    const graced = { ...chain, graceMs: DAY_MS };
    const act = async (kind: 'condemn' | 'sweep' | 'reprieve') =>
      valueOf(await perform({ kind, target: 'memory', chain: graced })).summary;
    expect(await act('condemn')).toBe('condemned 2 snapshots');
    expect(await act('sweep')).toBe('deferred: the grace is not over by the clock of the store');
    expect(await act('reprieve')).toBe('kept 2 snapshots after all');
    expect(await act('condemn')).toBe('condemned 2 snapshots');
    world.advance(DAY_MS);
    expect(await act('sweep')).toBe('swept 2 snapshots, 30 B');
    expect(outcomes.map(({ state }) => state)).toEqual([
      'condemned',
      'deferred',
      'reprieved',
      'condemned',
      'swept',
    ]);
  });

  it('collect leftovers', async () => {
    const record = sampleRecord(world.repository, {}, START_MS + DAY_MS);
    await putData(world, record);
    const { modifiedMs = 0 } = world.store.objects.get(record.index.key) ?? {};
    world.advance(8 * DAY_MS);
    const leftovers = [{ kind: 'index' as const, key: record.index.key, bytes: 5, modifiedMs }];
    const collected = await perform({ kind: 'collect', target: 'memory', leftovers });
    expect(valueOf(collected).summary).toBe('removed 1 leftover object, 5 B');
    expect(outcomes).toEqual([{ target: 'memory', state: 'collected', snapshots: 0, objects: 1, bytes: 5 }]);
  });

  it('say how many leftovers the store does not let go', async () => {
    const record = sampleRecord(world.repository, {}, START_MS + DAY_MS);
    await putData(world, record);
    const { modifiedMs = 0 } = world.store.objects.get(record.index.key) ?? {};
    world.advance(8 * DAY_MS);
    const { target } = world.repository;
    const remove: typeof target.remove = (key) =>
      key.includes('/data/')
        ? Promise.resolve(failed(failure('TARGET_DENIED', 'locked')))
        : target.remove(key);
    const repositories = new Map([['memory', { ...world.repository, target: { ...target, remove } }]]);
    const leftovers = [{ kind: 'index' as const, key: record.index.key, bytes: 5, modifiedMs }];
    const collected = await perform(
      { kind: 'collect', target: 'memory', leftovers },
      contextOf({ repositories }),
    );
    expect(valueOf(collected).summary).toBe('removed 0 leftover objects, 0 B; the store refused 1');
  });

  it('fail where this machine has no key that may delete', async () => {
    const { pruner: _, ...run } = contextOf();
    const refused = await perform({ kind: 'sweep', target: 'memory', chain }, run);
    expect(failureIn(refused).code).toBe('SIGNER_UNUSABLE');
    expect(outcomes).toMatchObject([{ ...about, state: 'failed', failure: { code: 'SIGNER_UNUSABLE' } }]);
    expect((await catalogOf(world)).snapshots).toHaveLength(2);
  });

  it('fail with the reason why a target is not open', async () => {
    const why = failure('TARGET_NOT_OURS', 'no marker');
    const run = contextOf({ repositories: new Map(), refused: new Map([['memory', why]]) });
    for (const kind of ['condemn', 'sweep', 'reprieve'] as const)
      expect(failureIn(await perform({ kind, target: 'memory', chain }, run))).toEqual(why);
    const nowhere = await perform({ kind: 'collect', target: 'other', leftovers: [] }, run);
    expect(failureIn(nowhere).code).toBe('TARGET_UNREACHABLE');
  });
});
