import type { Leftover } from '../../domain/prune-plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { isUlid } from '../ids.ts';
import { parseKey, snapshotKey, type ParsedKey } from '../keys.ts';
import type { LifeEvents } from '../life-events.ts';
import { isProbe } from '../probe/probe-key.ts';
import { isWithoutEffect, readFolder } from '../read-folder.ts';
import type { PruneContext } from './context.ts';
import { isInUse } from './intents.ts';
import { isOldLeftover } from './leftover-age.ts';
import { linksFolder } from './look-again.ts';
import { readMarks } from './marks.ts';
import { stagedSnapshotId } from './staging.ts';

export interface LeftoverFacts {
  readonly nowStoreMs: number | undefined;
  readonly life: LifeEvents;
}

/** Looks at the target itself, whatever was found before: the same object, still old, still nobody's. */
export async function isStillLeftover(
  context: PruneContext,
  leftover: Leftover,
  facts: LeftoverFacts,
): Promise<Result<boolean>> {
  const place = parseKey(leftover.key);
  if (place === undefined || !isOurs(place, context.plan)) return ok(false);
  if (place.kind === 'snapshot')
    return isGoneRecord(context, leftover.key, { ...facts, resource: place.resource });
  // Without a usable clock of the store nothing ever becomes old.
  if (facts.nowStoreMs === undefined || !isOldLeftover(leftover, facts.nowStoreMs)) return ok(false);
  const { nowStoreMs, life } = facts;
  const free = await isNobodys(context, place, { nowStoreMs, life });
  if (!free.ok || !free.value) return free;
  const found = await context.repository.target.stat(leftover.key);
  return found.ok ? ok(found.value?.modifiedMs === leftover.modifiedMs) : found;
}

/** What lies in the folders of another plan is for its own runs to judge. */
function isOurs(place: ParsedKey, plan: string): boolean {
  return 'plan' in place ? place.plan === plan : place.kind === 'staging' && isUlid(place.runId);
}

/** Advisory: nothing is lost with one, and whoever found it saw that it is not the newest. */
const OF_A_MOMENT: ReadonlySet<ParsedKey['kind']> = new Set(['intent', 'checkpoint', 'pack']);

async function isNobodys(
  context: PruneContext,
  place: ParsedKey,
  facts: LeftoverFacts,
): Promise<Result<boolean>> {
  if (place.kind === 'data' || place.kind === 'index' || place.kind === 'keys') {
    const record = await context.repository.target.stat(snapshotKey(place));
    if (!record.ok) return record;
    return record.value === undefined ? isUnused(context, place.snapshotId, facts) : ok(false);
  }
  if (place.kind === 'staging') {
    const snapshotId = stagedSnapshotId(place.file);
    return snapshotId === undefined ? ok(true) : isUnused(context, snapshotId, facts);
  }
  if (place.kind === 'mark') return isDeadMark(context, place, facts);
  return ok(OF_A_MOMENT.has(place.kind) || (place.kind === 'lease' && isProbe(place)));
}

async function isUnused(
  context: PruneContext,
  snapshotId: string,
  { nowStoreMs }: LeftoverFacts,
): Promise<Result<boolean>> {
  const used = await isInUse(context, snapshotId, nowStoreMs);
  return used.ok ? ok(!used.value) : used;
}

/** One that cannot be believed stays where it is, as evidence. */
async function isDeadMark(
  context: PruneContext,
  { snapshotId, runId }: { readonly snapshotId: string; readonly runId: string },
  { life }: LeftoverFacts,
): Promise<Result<boolean>> {
  if (life.isCancelled(snapshotId, runId)) return ok(true);
  const marks = await readMarks(context, snapshotId);
  if (!marks.ok) return marks;
  const mark = marks.value.find(({ value }) => value.runId === runId);
  if (mark === undefined) return ok(false);
  const { plan, resource } = mark.value;
  const record = await context.repository.target.stat(snapshotKey({ plan, resource, snapshotId }));
  return record.ok ? ok(record.value === undefined) : record;
}

async function isGoneRecord(
  context: PruneContext,
  key: string,
  { resource, life }: LeftoverFacts & { readonly resource: string },
): Promise<Result<boolean>> {
  const prefix = linksFolder(context.plan, resource);
  const reading = await readFolder(context, 'snapshot', { prefix, isKnown: (object) => object.key !== key });
  if (!reading.ok) return reading;
  const unread = reading.value.failures.find((one) => !isWithoutEffect(one.failure));
  if (unread !== undefined) return failed(unread.failure);
  return ok(reading.value.found.some(({ sha256 }) => life.isGone(sha256)));
}
