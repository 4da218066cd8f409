import { ok, type Result } from '../../domain/result.ts';
import { writeEvent } from '../events.ts';
import { storeNowMs } from '../store-clock.ts';
import type { PruneContext } from './context.ts';
import { readLifeEvents } from './look-again.ts';
import { readMarks } from './marks.ts';
import { isSweepAlive } from './sweep-lease.ts';

/**
 * Cancels every condemnation of these snapshots, and every sweep mark whose run can no longer
 * delete, until a look shows none that is left. Says whether a sweep may be under way all the same.
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
    const due = valid.filter(({ isAlive }) => !isAlive);
    if (due.length === 0) return ok({ isBeingSwept: valid.length > 0 });
    for (const snapshotId of new Set(due.map((mark) => mark.snapshotId))) {
      const marks = due.filter((mark) => mark.snapshotId === snapshotId).map(({ runId }) => runId);
      const written = await writeEvent({ ...context, event: 'cancel', facts: { snapshotId, marks } });
      if (!written.ok) return written;
      marks.forEach((runId) => cancelled.add(`${snapshotId} ${runId}`));
    }
  }
}

interface SeenMark {
  readonly snapshotId: string;
  readonly runId: string;
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
      seen.push({ snapshotId, runId: value.runId, isAlive });
    }
  }
  return ok(seen);
}
