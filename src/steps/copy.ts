import { commitSnapshot } from '../catalog/commit.ts';
import { plainRecord } from '../catalog/stored-record.ts';
import { headsFor } from '../catalog/heads.ts';
import type { Repository } from '../catalog/repository.ts';
import { failure } from '../domain/failure.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { CopyTask, StepAction } from '../domain/run-graph.ts';
import { formatBytes } from '../domain/size.ts';
import type { StepContext, StepHandler, StepSummary } from '../executor/step-handler.ts';
import { checkUncondemned, demoteIfCondemned } from './chain-guard.ts';
import { copyBundle } from './copy-bundle.ts';
import { copySources, type CopySources } from './copy-sources.ts';
import { longUpload } from './long-upload.ts';
import { chainOn, checkParentRecord } from './parent-record.ts';
import type { RunContext } from './ports.ts';
import { copyOn, type SeenCatalog } from './seen-catalog.ts';

/**
 * Brings a snapshot that exists to a target that lacks it, without a new dump: its objects, checked
 * on the way, its later keys, and last a record of that target, under the same guards as a commit.
 */
export function copyStep(run: RunContext, seen: SeenCatalog): StepHandler {
  /** What an attempt signed must not differ from what the one before it signed. */
  const drafts = new Map<string, SnapshotRecord>();
  return async (step) => {
    const { copy } = step.step.action as Extract<StepAction, { kind: 'copy' }>;
    const repository = run.repositories.get(copy.target);
    if (repository === undefined) return failed(closed(run, copy.target));
    const sources = copySources(run, copy, step.attempt);
    const long = longUpload(run, copy);
    try {
      return await copyOnce({ run, seen, drafts, copy, repository, sources, step });
    } finally {
      await long.end();
      await sources.release();
    }
  };
}

interface Copying {
  readonly run: RunContext;
  readonly seen: SeenCatalog;
  readonly drafts: Map<string, SnapshotRecord>;
  readonly copy: CopyTask;
  readonly repository: Repository;
  readonly sources: CopySources;
  readonly step: StepContext;
}

async function copyOnce(copying: Copying): Promise<Result<StepSummary>> {
  const { run, seen, copy, repository, sources, step } = copying;
  const snapshot = seen.now().snapshots.find(({ id }) => id === copy.snapshotId);
  if (snapshot === undefined) return failed(failure('NOT_FOUND', `${copy.snapshotId} is in no catalog`));
  const { record } = snapshot;
  const parent = await checkParentRecord(repository, record.chain, seen.now());
  if (!parent.ok) return parent;
  const guarded = { repository, task: copy, parentId: copy.parentId };
  const before = await checkUncondemned(run, guarded);
  if (!before.ok) return before;
  const copied = await copyBundle(run, { record, target: repository.target, sources, step });
  if (!copied.ok) return copied;
  const committed = await commit(copying, record);
  if (!committed.ok) return committed;
  const after = await demoteIfCondemned(run, guarded);
  if (!after.ok) return after;
  return ok({ summary: summaryOf(copied.value), warnings: sources.warnings() });
}

/** The same guard once more: a long transfer lies in between. */
async function commit(copying: Copying, record: SnapshotRecord): Promise<Result<void>> {
  const { run, seen, copy, repository } = copying;
  const guard = await checkUncondemned(run, { repository, task: copy, parentId: copy.parentId });
  if (!guard.ok) return guard;
  const { signer, verifier } = run;
  const request = { repository, signer, verifier, record: draftOf(copying, record), acceptsOthers: true };
  const committed = await commitSnapshot(request);
  if (!committed.ok) return committed;
  seen.note(copy.snapshotId, { target: copy.target, state: 'present', ...committed.value });
  return ok();
}

/** What differs between the copies of a snapshot is where they lie, when, and what was there before. */
function draftOf({ run, seen, drafts, copy, repository }: Copying, record: SnapshotRecord): SnapshotRecord {
  const place = `${copy.snapshotId} ${copy.target}`;
  const draft = drafts.get(place) ?? {
    ...plainRecord(record),
    targetId: repository.targetId,
    writer: run.signer.fingerprint,
    ...headsFor(withoutOwn(seen, copy), copy.resource, copy.target),
    parents: headsFor(before(seen, copy), copy.resource, copy.target).parents,
    ...(copy.nextExpectedByMs === undefined ? {} : { nextExpectedBy: iso(copy.nextExpectedByMs) }),
    committed: iso(run.clock.nowMs()),
    chain: chainOn(record.chain, seen.now(), copy.target),
  };
  drafts.set(place, draft);
  return draft;
}

/**
 * What is named as a parent comes before, in the order of snapshots: a copy that named a younger one,
 * which happens to be there already, would pass for the newest once it is all that is left.
 */
function before(seen: SeenCatalog, { snapshotId }: CopyTask): ReturnType<SeenCatalog['now']> {
  const catalog = seen.now();
  const own = catalog.snapshots.findIndex(({ id }) => id === snapshotId);
  return { ...catalog, snapshots: catalog.snapshots.slice(0, own) };
}

/** A record whose data is brought back does not name itself. */
function withoutOwn(seen: SeenCatalog, { snapshotId, target }: CopyTask): ReturnType<SeenCatalog['now']> {
  const catalog = seen.now();
  if (copyOn(catalog, snapshotId, target) === undefined) return catalog;
  return { ...catalog, snapshots: catalog.snapshots.filter(({ id }) => id !== snapshotId) };
}

function summaryOf({ bytes, from }: { readonly bytes: number; readonly from: readonly string[] }): string {
  return from.length === 0 ? 'was there already' : `${formatBytes(bytes)} from ${from.join(', ')}`;
}

function closed(run: RunContext, target: string): ReturnType<typeof failure> {
  return run.refused.get(target) ?? failure('TARGET_UNREACHABLE', `target ${target} is not open`);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
