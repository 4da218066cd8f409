import { newRunId, newSnapshotId } from '../../src/catalog/ids.ts';
import { parseKey } from '../../src/catalog/keys.ts';
import type { Repository } from '../../src/catalog/repository.ts';
import type { Mode } from '../../src/domain/mode.ts';
import type { ChainRecord } from '../../src/domain/record.ts';
import { ok, type Result } from '../../src/domain/result.ts';
import type { BackupTask, Step } from '../../src/domain/run-graph.ts';
import type { Target } from '../../src/domain/target.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import { planRun } from '../../src/planner/plan-run.ts';
import type { CapturedSnapshot } from '../../src/steps/captured-snapshot.ts';
import { commitStep } from '../../src/steps/commit.ts';
import { longUpload } from '../../src/steps/long-upload.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { INDEX, PAYLOAD, sampleRecord } from '../support/sample-records.ts';
import { persistently } from './persistently.ts';
import type { Actor } from './scheduler.ts';
import { RESOURCE, signer, verifier, type Member, type World } from './world.ts';

export interface BackupWish {
  readonly mode: Mode;
  /** What the writer knows, maybe of long ago. */
  readonly catalog: Catalog;
  /** Believes its commit without a look at the marks: to see that the simulation would notice. */
  readonly blind?: boolean;
}

/** A backup as `backup` takes it, from the plan to the commit on each target; only the data is made up. */
export async function takeBackup(world: World, member: Member, wish: BackupWish): Promise<void> {
  const { clock } = member;
  const runId = newRunId(clock.nowMs());
  const { graph } = planRun({
    plan: world.plan,
    catalog: wish.catalog,
    nowMs: clock.nowMs(),
    host: 'host-a',
    runId,
    newSnapshotId: () => newSnapshotId(clock.nowMs()),
    request: { kind: 'backup', resources: [RESOURCE], mode: wish.mode },
  });
  const run = runContext(world, member, { ...wish, runId });
  for (const { action } of graph.steps) {
    if (action.kind !== 'capture') continue;
    const snapshot = capture(action.task, run);
    const ends = graph.steps.filter((step) => step.action.kind === 'commit');
    clock.isShipping = true;
    for (const step of ends) await shipAndCommit(world, member, { step, run, snapshot });
    clock.isShipping = false;
  }
}

interface Commit {
  readonly step: Step;
  readonly run: RunContext;
  readonly snapshot: CapturedSnapshot;
}

async function shipAndCommit(
  world: World,
  { actor }: Member,
  { step, run, snapshot }: Commit,
): Promise<void> {
  const { task, target } = step.action as Extract<Step['action'], { kind: 'commit' }>;
  const repository = run.repositories.get(target);
  if (repository === undefined) return;
  const long = longUpload(run, { snapshotId: task.snapshotId, target });
  const shipped = await persistently(() => ship(world, actor, { repository, snapshot }));
  await long.end();
  if (!shipped.ok) return;
  const handler = commitStep(run, new Map([[task.snapshotId, snapshot]]));
  const signal = new AbortController().signal;
  const nothing = (): void => undefined;
  const committed = await persistently(() =>
    handler({ step, signal, attempt: 1, progress: nothing, warn: nothing }),
  );
  if (committed.ok) world.history.reported(target, task.snapshotId);
}

function runContext(
  world: World,
  { clock, timers, repositories }: Member,
  { catalog, runId, blind = false }: BackupWish & { readonly runId: string },
): RunContext {
  const facts = { toolVersion: '0.1.0', os: 'linux', arch: 'x64' };
  const refused = new Map();
  const used = { plan: world.plan, runId, catalog, refused, signer, verifier, clock, timers, facts };
  // All that a commit needs; the rest is for captures.
  return {
    ...used,
    writer: 'one',
    repositories: blind ? blinded(repositories) : repositories,
  } as unknown as RunContext;
}

function capture(task: BackupTask, { clock, catalog }: RunContext): CapturedSnapshot {
  const nowhere = { repoId: 'any', targetId: 'any' } as Repository;
  const { artifacts, index } = sampleRecord(nowhere, { snapshotId: task.snapshotId });
  const startedMs = clock.nowMs();
  const captured = { artifacts, index, startedMs, consistentAtMs: startedMs, durationMs: 10 };
  return { ...captured, objects: [], chain: chainOf(task, catalog), warnings: [] };
}

function chainOf({ snapshotId, mode, parentId }: BackupTask, { snapshots }: Catalog): ChainRecord {
  const parent = snapshots.find(({ id }) => id === parentId);
  if (parent === undefined) return { mode, root: snapshotId, level: 0 };
  const { root, level } = parent.record.chain;
  const recordSha256 = parent.copies[0]?.recordSha256 ?? '';
  return { mode, root, level: level + 1, parent: { snapshotId: parent.id, recordSha256 } };
}

/** The data is as good as any: nothing in this world opens it. */
async function ship(
  world: World,
  actor: Actor,
  { repository: { target }, snapshot: { artifacts, index } }: Shipping,
): Promise<Result<void>> {
  for (const { key } of [...artifacts, index]) {
    const sent = await sendParts(world, actor, key);
    if (!sent.ok) return sent;
    const created = await target.create(key, key === index.key ? INDEX : PAYLOAD);
    if (!created.ok) return created;
  }
  return ok();
}

interface Shipping {
  readonly repository: Repository;
  readonly snapshot: CapturedSnapshot;
}

/** Nothing is visible before the last one, but time passes. */
async function sendParts(world: World, actor: Actor, key: string): Promise<Result<void>> {
  for (let part = 1; part <= world.conditions.uploadParts; part += 1) {
    const sent = await world.scheduler.perform(actor, { what: `part ${String(part)}`, key }, () => {
      world.passPart(actor);
      return Promise.resolve(ok());
    });
    if (!sent.ok) return sent;
  }
  return ok();
}

/** Once a record is made there, nothing is seen any more of what a prune did. */
function blinded(repositories: Member['repositories']): Member['repositories'] {
  const entries = [...repositories].map(([name, repository]): [string, Repository] => {
    const { target } = repository;
    let isBlind = false;
    const create: Target['create'] = (key, bytes) => {
      isBlind ||= parseKey(key)?.kind === 'snapshot';
      return target.create(key, bytes);
    };
    const list: Target['list'] = (prefix) =>
      isBlind && prefix.includes('/marks/') ? Promise.resolve(ok([])) : target.list(prefix);
    const stat: Target['stat'] = (key) =>
      isBlind && parseKey(key)?.kind === 'snapshot'
        ? Promise.resolve(ok({ size: 1, modifiedMs: 0 }))
        : target.stat(key);
    return [name, { ...repository, target: { ...target, create, list, stat } }];
  });
  return new Map(entries);
}
