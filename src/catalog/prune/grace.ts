import type { MarkRecord } from '../../domain/mark.ts';
import type { PruneChain } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import { lifeOf, type LifeEvents } from '../life-events.ts';
import type { Found } from '../read-folder.ts';
import { storeNowMs } from '../store-clock.ts';
import type { PruneContext } from './context.ts';
import { readLifeEvents } from './look-again.ts';
import { readMarks } from './marks.ts';

/** What held before the run made its own sweep marks. */
export interface BeforeSweep {
  /** By the store's clock; undefined where it has none that is usable. */
  readonly nowStoreMs: number | undefined;
  /** Marks that nobody had cancelled. */
  readonly marks: readonly Found<MarkRecord>[];
}

export async function readBeforeSweep(
  context: PruneContext,
  chain: PruneChain,
): Promise<Result<BeforeSweep>> {
  const now = await storeNowMs(context.repository, context.plan);
  if (!now.ok) return now;
  const found: Found<MarkRecord>[] = [];
  for (const { snapshotId } of chain.members) {
    const read = await readMarks(context, snapshotId);
    if (!read.ok) return read;
    found.push(...read.value);
  }
  // Most chains without a grace have no marks, and histories of events are long.
  const life = found.length === 0 ? ok(lifeOf([])) : await readLifeEvents(context);
  if (!life.ok) return life;
  const valid = found.filter(({ value }) => !life.value.isCancelled(value.snapshotId, value.runId));
  return ok({ nowStoreMs: now.value, marks: valid });
}

/** Why the sweep has to wait, if it has to. */
export function reasonToWait({ members, graceMs }: PruneChain, before: BeforeSweep): string | undefined {
  const { nowStoreMs } = before;
  const condemned = members.map(({ snapshotId }) => condemnations(before, snapshotId));
  if (nowStoreMs === undefined && (graceMs > 0 || condemned.some(({ length }) => length > 0)))
    return 'the store gives no usable modification times, so the end of the grace cannot be told';
  const waits = condemned.some((own) => own.length > 0 && !own.some((mark) => isOver(mark, nowStoreMs)));
  return waits ? 'the grace is not over by the clock of the store' : undefined;
}

/**
 * Why no condemnation allows the deletion: a member has none, or it was cancelled meanwhile. Where
 * the policy gives no grace, a member that was never condemned needs none.
 */
export function reasonOfGrace(
  { members, graceMs }: PruneChain,
  before: BeforeSweep,
  life?: LifeEvents,
): string | undefined {
  for (const { snapshotId } of members) {
    const condemned = condemnations(before, snapshotId);
    if (condemned.length === 0 && graceMs > 0) return `${snapshotId} is not condemned`;
    const holds = condemned.some(
      (mark) => isOver(mark, before.nowStoreMs) && life?.isCancelled(snapshotId, mark.value.runId) !== true,
    );
    if (condemned.length > 0 && !holds) return `the condemnation of ${snapshotId} was cancelled`;
  }
  return undefined;
}

function condemnations({ marks }: BeforeSweep, snapshotId: string): readonly Found<MarkRecord>[] {
  return marks.filter(({ value }) => value.snapshotId === snapshotId && value.intent === 'condemn');
}

function isOver({ value, modifiedMs }: Found<MarkRecord>, nowStoreMs: number | undefined): boolean {
  return nowStoreMs !== undefined && nowStoreMs - modifiedMs >= value.graceSeconds * 1000;
}
