import { commitSnapshot } from '../catalog/commit.ts';
import { headsFor } from '../catalog/heads.ts';
import { snapshotKey } from '../catalog/keys.ts';
import type { Repository } from '../catalog/repository.ts';
import { failure } from '../domain/failure.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok } from '../domain/result.ts';
import type { BackupTask, StepAction } from '../domain/run-graph.ts';
import type { Catalog } from '../domain/snapshot.ts';
import type { StepHandler } from '../executor/step-handler.ts';
import { checkUncondemned, demoteIfCondemned } from './chain-guard.ts';
import {
  isUnchanged,
  unchangedText,
  type CapturedSnapshot,
  type CapturedSnapshots,
} from './captured-snapshot.ts';
import { chainOn, checkParentRecord } from './parent-record.ts';
import type { RunContext } from './ports.ts';
import { seenCatalog, type SeenCatalog } from './seen-catalog.ts';

/** Creates the signed record on one target: the commit point, after everything it names is durable there. */
export function commitStep(
  run: RunContext,
  captured: CapturedSnapshots,
  seen: SeenCatalog = seenCatalog(run.catalog),
): StepHandler {
  const records = new Map<string, SnapshotRecord>();
  return async ({ step }) => {
    const { task, target } = step.action as Extract<StepAction, { kind: 'commit' }>;
    const snapshot = captured.get(task.snapshotId);
    const repository = run.repositories.get(target);
    if (snapshot === undefined || repository === undefined) {
      return failed(failure('UPSTREAM_FAILED', 'nothing was captured or the target is not open'));
    }
    if (isUnchanged(snapshot)) return ok({ summary: unchangedText(snapshot), warnings: [] });
    const parent = await checkParentRecord(repository, snapshot.chain, seen.now());
    if (!parent.ok) return parent;
    const guarded = { repository, task, parentId: snapshot.chain.parent?.snapshotId };
    const uncondemned = await checkUncondemned(run, guarded);
    if (!uncondemned.ok) return uncondemned;
    const record =
      records.get(step.id) ?? buildRecord(run, { task, snapshot, repository, catalog: seen.now() });
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

interface RecordFacts {
  readonly task: BackupTask;
  readonly snapshot: CapturedSnapshot;
  readonly repository: Repository;
  readonly catalog: Catalog;
}

const MAX_WARNINGS = 1000;

function buildRecord(run: RunContext, { task, snapshot, repository, catalog }: RecordFacts): SnapshotRecord {
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
    ...headsFor(catalog, task.resource, repository.target.name),
    planDigest: plan.digest,
    ...(facts.gitCommit === undefined ? {} : { gitCommit: facts.gitCommit }),
    runId: run.runId,
    ...timesOf(task, repository.target.name),
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
    chain: chainOn(snapshot.chain, catalog, repository.target.name),
    result: snapshot.warnings.length === 0 ? 'complete' : 'complete-with-warnings',
    warnings: capped(snapshot.warnings),
  };
}

function timesOf(task: BackupTask, target: string): Pick<SnapshotRecord, 'slot' | 'nextExpectedBy'> {
  const expectedMs = nextExpectedOn(task, target);
  return {
    ...(task.slotMs === undefined ? {} : { slot: iso(task.slotMs) }),
    ...(expectedMs === undefined ? {} : { nextExpectedBy: iso(expectedMs) }),
  };
}

export function nextExpectedOn(task: BackupTask, target: string): number | undefined {
  return task.nextExpectedOn?.[target] ?? task.nextExpectedByMs;
}

function capped(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const rest = warnings.length - MAX_WARNINGS + 1;
  return [...warnings.slice(0, MAX_WARNINGS - 1), `and ${String(rest)} more`];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
