import { snapshotKey } from '../catalog/keys.ts';
import { writeEvent } from '../catalog/events.ts';
import { ancestorMarks } from '../catalog/prune/ancestor-marks.ts';
import type { Repository } from '../catalog/repository.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { RunContext } from './ports.ts';

export interface GuardedCommit {
  readonly repository: Repository;
  readonly task: Pick<BackupTask, 'resource' | 'snapshotId'>;
  /** What the snapshot was built on. */
  readonly parentId: string | undefined;
}

/**
 * Before the record is made: a parent that a prune has condemned would only make a snapshot that
 * never counts. The record of an earlier attempt, of which nobody knows more, is demoted.
 */
export async function checkUncondemned(run: RunContext, commit: GuardedCommit): Promise<Result<void>> {
  const reason = await reasonAgainst(run, commit, ancestorsOf(run, commit));
  if (!reason.ok || reason.value === undefined) return reason.ok ? ok() : reason;
  const { repository, task } = commit;
  const earlier = await repository.target.stat(recordKey(run, task, task.snapshotId));
  if (!earlier.ok) return earlier;
  return earlier.value === undefined ? condemned(reason.value) : demote(run, commit, reason.value);
}

/**
 * After the record is there: a prune that did not see it has made its marks before, so they are seen
 * here, or it has finished, and then an ancestor is gone. Such a snapshot is demoted for good.
 */
export async function demoteIfCondemned(run: RunContext, commit: GuardedCommit): Promise<Result<void>> {
  const reason = await reasonAgainst(run, commit, [commit.task.snapshotId, ...ancestorsOf(run, commit)]);
  if (!reason.ok) return reason;
  return reason.value === undefined ? ok() : demote(run, commit, reason.value);
}

/**
 * A demotion that could not be written may be there all the same, and the marks may be gone at a next
 * attempt: so this is the last one. A record that no demotion follows only keeps its chain.
 */
async function demote(
  run: RunContext,
  { repository, task }: GuardedCommit,
  reason: string,
): Promise<Result<void>> {
  const { signer, writer, verifier, clock, runId, plan, facts } = run;
  await writeEvent({
    repository,
    signer,
    verifier,
    clock,
    plan: plan.name,
    runId,
    writer,
    toolVersion: facts.toolVersion,
    event: 'demote',
    facts: { snapshotId: task.snapshotId },
  });
  return condemned(reason);
}

/** Marks first: a prune takes them away only after the records. */
async function reasonAgainst(
  run: RunContext,
  { repository, task }: GuardedCommit,
  snapshotIds: readonly string[],
): Promise<Result<string | undefined>> {
  const { verifier, plan } = run;
  const marks = await ancestorMarks({ repository, verifier, plan: plan.name, snapshotIds });
  if (!marks.ok) return marks;
  const [mark] = marks.value;
  if (mark !== undefined) return ok(`a prune has condemned ${mark.snapshotId}`);
  for (const snapshotId of snapshotIds) {
    const record = await repository.target.stat(recordKey(run, task, snapshotId));
    if (!record.ok) return record;
    if (record.value === undefined) return ok(`a prune has deleted ${snapshotId}`);
  }
  return ok(undefined);
}

/** Parent, its parent, and so on to the full. */
function ancestorsOf({ catalog }: RunContext, { parentId }: GuardedCommit): readonly string[] {
  const byId = new Map(catalog.snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const ancestors = new Set<string>();
  for (let id = parentId; id !== undefined && !ancestors.has(id);) {
    ancestors.add(id);
    id = byId.get(id)?.record.chain.parent?.snapshotId;
  }
  return [...ancestors];
}

function recordKey({ plan }: RunContext, { resource }: GuardedCommit['task'], snapshotId: string): string {
  return snapshotKey({ plan: plan.name, resource, snapshotId });
}

function condemned(reason: string): ReturnType<typeof failed> {
  return failed(failure('PARENT_CONDEMNED', reason));
}
