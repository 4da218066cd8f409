import { commitSnapshot } from '../catalog/commit.ts';
import { headsFor } from '../catalog/heads.ts';
import { snapshotKey } from '../catalog/keys.ts';
import type { Repository } from '../catalog/repository.ts';
import { failure } from '../domain/failure.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask, StepAction } from '../domain/run-graph.ts';
import type { Catalog, Copy } from '../domain/snapshot.ts';
import type { StepHandler } from '../executor/step-handler.ts';
import { checkUncondemned, demoteIfCondemned } from './chain-guard.ts';
import {
  isUnchanged,
  unchangedText,
  type CapturedSnapshot,
  type CapturedSnapshots,
} from './captured-snapshot.ts';
import type { RunContext } from './ports.ts';

/** Creates the signed record on one target: the commit point, after everything it names is durable there. */
export function commitStep(run: RunContext, captured: CapturedSnapshots): StepHandler {
  const records = new Map<string, SnapshotRecord>();
  return async ({ step }) => {
    const { task, target } = step.action as Extract<StepAction, { kind: 'commit' }>;
    const snapshot = captured.get(task.snapshotId);
    const repository = run.repositories.get(target);
    if (snapshot === undefined || repository === undefined) {
      return failed(failure('UPSTREAM_FAILED', 'nothing was captured or the target is not open'));
    }
    if (isUnchanged(snapshot)) return ok({ summary: unchangedText(snapshot), warnings: [] });
    const parent = await checkParent(repository, snapshot, run);
    if (!parent.ok) return parent;
    const guarded = { repository, task, parentId: snapshot.chain.parent?.snapshotId };
    const uncondemned = await checkUncondemned(run, guarded);
    if (!uncondemned.ok) return uncondemned;
    const record = records.get(step.id) ?? buildRecord(run, { task, snapshot, repository });
    // The next attempt makes the same one: a store that replaces it must not change what others build on.
    records.set(step.id, record);
    const { signer, verifier } = run;
    const committed = await commitSnapshot({ repository, signer, verifier, record });
    if (!committed.ok) return committed;
    const stands = await demoteIfCondemned(run, guarded);
    if (!stands.ok) return stands;
    return ok({ summary: `${task.snapshotId} on ${target}`, warnings: [] });
  };
}

/** The parent's record must still be on this target: a chain is whole on each target or it is no chain. */
async function checkParent(
  repository: Repository,
  snapshot: CapturedSnapshot,
  run: RunContext,
): Promise<Result<void>> {
  const parent = snapshot.chain.parent;
  if (parent === undefined) return ok();
  const { target } = repository;
  const copy = copyOn(run.catalog, parent.snapshotId, target.name);
  const there = copy === undefined ? ok(undefined) : await target.stat(copy.record.key);
  if (!there.ok) return there;
  if (there.value !== undefined) return ok();
  return failed(
    failure('CATALOG_GAP', `the parent ${parent.snapshotId} is not on ${target.name} any more`, {
      hint: 'The next run takes a full.',
    }),
  );
}

interface RecordFacts {
  readonly task: BackupTask;
  readonly snapshot: CapturedSnapshot;
  readonly repository: Repository;
}

const MAX_WARNINGS = 1000;

function buildRecord(run: RunContext, { task, snapshot, repository }: RecordFacts): SnapshotRecord {
  const { plan, facts } = run;
  const resource = plan.resources[task.resource];
  return {
    type: 'snapshot',
    version: 1,
    repoId: repository.repoId,
    targetId: repository.targetId,
    key: snapshotKey({ plan: plan.name, resource: task.resource, snapshotId: task.snapshotId }),
    snapshotId: task.snapshotId,
    plan: plan.name,
    resource: task.resource,
    resourceType: resource?.type ?? '',
    ...(task.label === undefined ? {} : { label: task.label }),
    ...(task.groupId === undefined ? {} : { groupId: task.groupId }),
    writer: run.signer.fingerprint,
    ...headsFor(run.catalog, task.resource, repository.target.name),
    planDigest: plan.digest,
    ...(facts.gitCommit === undefined ? {} : { gitCommit: facts.gitCommit }),
    runId: run.runId,
    ...timesOf(task),
    toolVersion: facts.toolVersion,
    platform: {
      os: facts.os,
      arch: facts.arch,
      ...(snapshot.appVersion === undefined ? {} : { appVersion: snapshot.appVersion }),
    },
    started: iso(snapshot.startedMs),
    consistentAt: iso(snapshot.consistentAtMs),
    committed: iso(run.clock.nowMs()),
    durationMs: snapshot.durationMs,
    artifacts: snapshot.artifacts,
    index: snapshot.index,
    chain: chainOn(snapshot, run.catalog, repository.target.name),
    result: snapshot.warnings.length === 0 ? 'complete' : 'complete-with-warnings',
    warnings: capped(snapshot.warnings),
  };
}

function timesOf(task: BackupTask): Pick<SnapshotRecord, 'slot' | 'nextExpectedBy'> {
  return {
    ...(task.slotMs === undefined ? {} : { slot: iso(task.slotMs) }),
    ...(task.nextExpectedByMs === undefined ? {} : { nextExpectedBy: iso(task.nextExpectedByMs) }),
  };
}

/** The parent is named by the digest of its record on the same target. */
function chainOn(snapshot: CapturedSnapshot, catalog: Catalog, target: string): SnapshotRecord['chain'] {
  const { parent, ...chain } = snapshot.chain;
  if (parent === undefined) return chain;
  const recordSha256 = copyOn(catalog, parent.snapshotId, target)?.recordSha256 ?? parent.recordSha256;
  return { ...chain, parent: { ...parent, recordSha256 } };
}

function copyOn(catalog: Catalog, snapshotId: string, target: string): Copy | undefined {
  const snapshot = catalog.snapshots.find((one) => one.id === snapshotId);
  return snapshot?.copies.find((copy) => copy.target === target);
}

function capped(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const rest = warnings.length - MAX_WARNINGS + 1;
  return [...warnings.slice(0, MAX_WARNINGS - 1), `and ${String(rest)} more`];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
