import type { MarkIntent, MarkRecord } from '../../domain/mark.ts';
import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { folders, markKey } from '../keys.ts';
import { parseMarkRecord } from '../mark-record.ts';
import { publish } from '../publish.ts';
import { isWithoutEffect, readFolder, type Found, type ReadingPlace } from '../read-folder.ts';
import type { PruneContext } from './context.ts';

/** Makes the run's own mark on every member, and sees each of them there. May be repeated. */
export async function markChain(
  context: PruneContext,
  chain: PruneChain,
  intent: MarkIntent,
): Promise<Result<void>> {
  for (const member of chain.members) {
    const marked = await markMember(context, markOf(context, { chain, member, intent }));
    if (!marked.ok) return marked;
  }
  return ok();
}

/** The marks on one snapshot, cancelled ones included; what no pruner has signed is no mark. */
export async function readMarks(
  place: ReadingPlace,
  snapshotId: string,
): Promise<Result<readonly Found<MarkRecord>[]>> {
  const reading = await readFolder(place, 'mark', { prefix: folders.marksOf(place.plan, snapshotId) });
  if (!reading.ok) return reading;
  const unread = reading.value.failures.find((one) => !isWithoutEffect(one.failure));
  return unread === undefined ? ok(reading.value.found) : failed(unread.failure);
}

interface Marking {
  readonly chain: PruneChain;
  readonly member: PruneMember;
  readonly intent: MarkIntent;
}

function markOf(context: PruneContext, { chain, member, intent }: Marking): MarkRecord {
  const { repository, clock, plan, runId, writer, toolVersion } = context;
  const { snapshotId, recordSha256 } = member;
  return {
    type: 'mark',
    version: 1,
    repoId: repository.repoId,
    targetId: repository.targetId,
    key: markKey(plan, snapshotId, runId),
    plan,
    resource: chain.resource,
    snapshotId,
    recordSha256,
    root: chain.root,
    intent,
    graceSeconds: intent === 'sweep' ? 0 : Math.ceil(chain.graceMs / 1000),
    runId,
    writer,
    at: new Date(clock.nowMs()).toISOString(),
    toolVersion,
  };
}

async function markMember(context: PruneContext, mark: MarkRecord): Promise<Result<void>> {
  const published = await publish({ ...context, key: mark.key, payload: mark, role: 'prune' });
  if (!published.ok) return published;
  if (published.value.state === 'own') return ok();
  const present = parseMarkRecord(published.value.payload);
  if (present.ok && isEarlierAttempt(present.value, mark)) return ok();
  return failed(failure('TARGET_CONFLICT', `${mark.key} exists with other content`));
}

function isEarlierAttempt(present: MarkRecord, mark: MarkRecord): boolean {
  return JSON.stringify({ ...present, at: mark.at }) === JSON.stringify(mark);
}
