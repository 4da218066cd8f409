import type { MarkRecord } from '../../domain/mark.ts';
import { ok, type Result } from '../../domain/result.ts';
import { writeEvent } from '../events.ts';
import { storeNowMs } from '../store-clock.ts';
import type { PruneContext } from './context.ts';
import { readLifeEvents } from './look-again.ts';
import { readMarks } from './marks.ts';
import { isSweepAlive } from './sweep-lease.ts';
import { wholeAmong } from './whole.ts';

/**
 * Cancels every condemnation of these snapshots, and every sweep mark whose run can no longer
 * delete, until a look shows none that is left. Says whether a sweep may be under way all the same.
 * What a dead sweep has deleted in part keeps its mark: nothing else says that it is no snapshot.
 */
export async function cancelMarks(
  context: PruneContext,
  snapshotIds: readonly string[],
): Promise<Result<{ readonly isBeingSwept: boolean }>> {
  const now = await storeNowMs(context.repository, context.plan);
  if (!now.ok) return now;
  const life = await readLifeEvents(context);
  if (!life.ok) return life;
  const cancelled = new Set<string>();
  for (;;) {
    const look = await lookAtMarks(context, snapshotIds, now.value);
    if (!look.ok) return look;
    const isValid = ({ snapshotId, runId }: SeenMark): boolean =>
      !life.value.isCancelled(snapshotId, runId) && !cancelled.has(`${snapshotId} ${runId}`);
    const valid = look.value.filter(isValid);
    const dead = valid.filter(({ isAlive }) => !isAlive);
    const whole = await wholeOf(context, dead);
    if (!whole.ok) return whole;
    const due = dead.filter(({ intent, snapshotId }) => intent === 'condemn' || whole.value.has(snapshotId));
    if (due.length === 0) return ok({ isBeingSwept: valid.some(({ isAlive }) => isAlive) });
    for (const snapshotId of new Set(due.map((mark) => mark.snapshotId))) {
      const marks = due.filter((mark) => mark.snapshotId === snapshotId).map(({ runId }) => runId);
      const written = await writeEvent({ ...context, event: 'cancel', facts: { snapshotId, marks } });
      if (!written.ok) return written;
      marks.forEach((runId) => cancelled.add(`${snapshotId} ${runId}`));
    }
  }
}

interface SeenMark extends Pick<MarkRecord, 'snapshotId' | 'runId' | 'resource' | 'intent'> {
  /** Its run may delete now; such a mark cannot be cancelled. */
  readonly isAlive: boolean;
}

async function lookAtMarks(
  context: PruneContext,
  snapshotIds: readonly string[],
  nowStoreMs: number | undefined,
): Promise<Result<readonly SeenMark[]>> {
  const seen: SeenMark[] = [];
  for (const snapshotId of snapshotIds) {
    const marks = await readMarks(context, snapshotId);
    if (!marks.ok) return marks;
    for (const { value, modifiedMs } of marks.value) {
      const isAlive = value.intent === 'sweep' && isSweepAlive(modifiedMs, nowStoreMs);
      seen.push({ ...value, isAlive });
    }
  }
  return ok(seen);
}

/** After their marks were seen: a run that is dead deletes nothing more. */
async function wholeOf(
  context: PruneContext,
  dead: readonly SeenMark[],
): Promise<Result<ReadonlySet<string>>> {
  const swept = dead.filter(({ intent }) => intent === 'sweep');
  const [first] = swept;
  if (first === undefined) return ok(new Set());
  const snapshotIds = swept.map(({ snapshotId }) => snapshotId);
  return wholeAmong(context, { resource: first.resource, snapshotIds });
}
