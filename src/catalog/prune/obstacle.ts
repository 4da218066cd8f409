import type { PruneChain, PruneMember } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { LifeEvents } from '../life-events.ts';
import type { PruneContext } from './context.ts';
import { reasonOfGrace, type BeforeSweep } from './grace.ts';
import { isInUse } from './intents.ts';
import { linksFolder, readLifeEvents, readLinks, type RecordLink } from './look-again.ts';

/** What the target holds once the run's own marks are there. */
export interface SecondLook {
  readonly life: LifeEvents;
  readonly links: readonly RecordLink[];
  /** Why the chain stays. */
  readonly obstacle?: string;
}

/**
 * Looks once more, after the own marks: whoever wrote before them is seen here, whoever writes after
 * them sees them. So nothing that must stay can slip through in between.
 */
export async function lookForObstacle(
  context: PruneContext,
  chain: PruneChain,
  before: BeforeSweep,
): Promise<Result<SecondLook>> {
  const links = await readLinks(context, linksFolder(context.plan, chain.resource));
  if (!links.ok) return links;
  const life = await readLifeEvents(context);
  if (!life.ok) return life;
  const look = { life: life.value, links: links.value };
  const written = obstacleWritten(context, chain, { ...look, before });
  if (written !== undefined) return ok({ ...look, obstacle: written });
  const reader = await obstacleOfReaders(context, chain, before);
  return reader.ok
    ? ok({ ...look, ...(reader.value === undefined ? {} : { obstacle: reader.value }) })
    : reader;
}

interface Looked {
  readonly life: LifeEvents;
  readonly links: readonly RecordLink[];
  readonly before: BeforeSweep;
}

function obstacleWritten(context: PruneContext, chain: PruneChain, looked: Looked): string | undefined {
  const { life, links, before } = looked;
  const { members } = chain;
  const strangers = strangersIn(chain, links, life);
  const nowMs = Math.min(context.clock.nowMs(), before.nowStoreMs ?? Infinity);
  const pinned = [...members, ...strangers].find(({ snapshotId }) => isPinned(life, snapshotId, nowMs));
  if (pinned !== undefined) return `${pinned.snapshotId} was pinned meanwhile`;
  const cancelled = members.find(({ snapshotId }) => life.isCancelled(snapshotId, context.runId));
  if (cancelled !== undefined) return `the mark of this run on ${cancelled.snapshotId} was cancelled`;
  return reasonOfGrace(chain, before, life) ?? obstacleInLinks(members, { links, strangers, life });
}

/** What was built on the chain since the deletion was planned. */
function strangersIn(
  { root, members }: PruneChain,
  links: readonly RecordLink[],
  life: LifeEvents,
): readonly RecordLink[] {
  const ids = new Set(members.map(({ snapshotId }) => snapshotId));
  return links.filter(
    (link) => link.root === root && !ids.has(link.snapshotId) && !life.isGone(link.recordSha256),
  );
}

function isPinned(life: LifeEvents, snapshotId: string, nowMs: number): boolean {
  const pin = life.pinOf(snapshotId);
  return pin !== undefined && (pin.untilMs === undefined || pin.untilMs > nowMs);
}

interface Links {
  readonly links: readonly RecordLink[];
  readonly strangers: readonly RecordLink[];
  readonly life: LifeEvents;
}

/** A demoted snapshot keeps nothing, but one that was built on it before it was demoted does. */
function obstacleInLinks(
  members: readonly PruneMember[],
  { links, strangers, life }: Links,
): string | undefined {
  const descendant = strangers.find(({ snapshotId }) => !life.isDemoted(snapshotId));
  if (descendant !== undefined) return `${descendant.snapshotId} was built on it meanwhile`;
  const found = new Map(links.map((link) => [link.snapshotId, link]));
  const other = members.find(({ snapshotId, recordSha256 }) => {
    const link = found.get(snapshotId);
    return link === undefined ? !life.isGone(recordSha256) : link.recordSha256 !== recordSha256;
  });
  return other === undefined
    ? undefined
    : `the record of ${other.snapshotId} is not the one that was condemned`;
}

async function obstacleOfReaders(
  context: PruneContext,
  { members }: PruneChain,
  { nowStoreMs }: BeforeSweep,
): Promise<Result<string | undefined>> {
  for (const { snapshotId } of members) {
    const used = await isInUse(context, snapshotId, nowStoreMs);
    if (!used.ok) return used;
    if (used.value) return ok(`${snapshotId} is being read`);
  }
  return ok(undefined);
}
