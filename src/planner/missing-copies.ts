import type { ResourceSpec } from '../domain/plan.ts';
import type { CopyTask } from '../domain/run-graph.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { applyRetention } from '../retention/apply-retention.ts';
import { chainsOf } from '../retention/chains.ts';
import { rememberBelongings, type Belongings } from './belonging.ts';
import { expectedOnEdges } from './expectations.ts';
import { groupByResource, shownMs } from './history.ts';
import { belongsTo } from './host.ts';
import { policiesOn } from './prune/release.ts';
import type { Reach, ReachQuestion } from './reach.ts';
import { rememberReaches, type Reaches } from './reaches.ts';
import { storedBytesOf } from './snapshot-size.ts';
import { rememberTicks, type TickMemory } from './tick-memory.ts';

export interface MissingCopiesInput extends ReachQuestion {
  readonly nowMs: number;
  /** Name of this machine; resources of other hosts are theirs to care for. */
  readonly host: string;
  /** Only these; all where absent. */
  readonly resources?: readonly string[];
}

/**
 * Copies that should lie on a target that was read and do not, and that can be made: what the
 * retention that holds there would keep if everything good were there. So nothing is copied only to
 * be released at once, and a second look after all were made finds nothing. Of a target, the chain
 * with the newest snapshot comes first; of a chain, the full.
 */
export function missingCopies(input: MissingCopiesInput): readonly CopyTask[] {
  const { plan, catalog, host, resources } = input;
  const byResource = groupByResource(catalog.snapshots);
  const reaches = rememberReaches(byResource, input);
  const ticks = rememberTicks();
  const belongings = rememberBelongings({ ...input, byResource, reaches, ticks });
  const wanted = Object.values(plan.resources).filter(
    ({ name, enabled, hosts }) => enabled && belongsTo(hosts, host) && resources?.includes(name) !== false,
  );
  return wanted.flatMap((resource) => {
    const snapshots = byResource.get(resource.name) ?? [];
    const targets = targetsOf(resource).filter((target) => catalog.read.has(target));
    return targets.flatMap((target) =>
      missingOn(target, { resource, snapshots, reaches, belongings, ticks }, input),
    );
  });
}

export interface CopyPlace {
  readonly resource: ResourceSpec;
  readonly target: string;
  readonly reach: Reach;
  readonly nowMs: number;
  readonly ticks: TickMemory;
}

/** The copy of a snapshot onto a target; throws where it could not be made. */
export function copyTask(snapshot: Snapshot, { resource, target, reach, nowMs, ticks }: CopyPlace): CopyTask {
  const standing = reach.get(snapshot.id);
  if (standing?.state !== 'copyable') throw new Error(`${snapshot.id} cannot be copied to ${target}`);
  const { parent } = snapshot.record.chain;
  const moment = { mode: snapshot.mode, shownMs: shownMs(snapshot, nowMs) };
  const expectedMs = expectedOnEdges(resource, moment, ticks)[target];
  return {
    snapshotId: snapshot.id,
    resource: snapshot.resource,
    mode: snapshot.mode,
    target,
    sources: standing.sources,
    bytes: storedBytesOf(snapshot),
    ...(parent === undefined ? {} : { parentId: parent.snapshotId }),
    ...(expectedMs === undefined ? {} : { nextExpectedByMs: expectedMs }),
  };
}

function targetsOf({ targets }: ResourceSpec): readonly string[] {
  return [...new Set(Object.values(targets).flat())];
}

interface Owned {
  readonly resource: ResourceSpec;
  /** All of the resource. */
  readonly snapshots: readonly Snapshot[];
  readonly reaches: Reaches;
  readonly belongings: Belongings;
  readonly ticks: TickMemory;
}

function missingOn(target: string, owned: Owned, input: MissingCopiesInput): readonly CopyTask[] {
  const reach = owned.reaches(owned.resource.name, target);
  const isMissing = ({ id }: Snapshot): boolean => reach.get(id)?.state === 'copyable';
  if (!owned.snapshots.some(isMissing)) return [];
  const pool = poolOf(target, owned, reach);
  const { keep } = applyRetention({
    policies: policiesOn(owned.resource, target),
    snapshots: pool.map(({ defect: _defect, ...snapshot }) => ({ ...snapshot, good: true })),
    timezone: input.plan.timezone,
    nowMs: input.nowMs,
  });
  const kept = new Set(keep.map(({ id }) => id));
  const { resource, ticks } = owned;
  const place = { resource, target, reach, nowMs: input.nowMs, ticks };
  const missing = pool.filter((snapshot) => kept.has(snapshot.id) && isMissing(snapshot));
  return newestChainFirst(missing).map((snapshot) => copyTask(snapshot, place));
}

/** All that is there or belongs there, with what it stands on. */
function poolOf(
  target: string,
  { resource, snapshots, belongings }: Owned,
  reach: Reach,
): readonly Snapshot[] {
  const belonging = belongings(resource, target);
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const pool = new Set<string>();
  for (const snapshot of snapshots) {
    const standing = reach.get(snapshot.id);
    const belongs = standing?.state === 'here' || belonging.has(snapshot);
    if (standing === undefined || !belongs) continue;
    for (let link: Snapshot | undefined = snapshot; link !== undefined && !pool.has(link.id);) {
      pool.add(link.id);
      link = byId.get(link.record.chain.parent?.snapshotId ?? '');
    }
  }
  return snapshots.filter(({ id }) => pool.has(id));
}

function newestChainFirst(missing: readonly Snapshot[]): readonly Snapshot[] {
  const newest = (chain: readonly Snapshot[]): number =>
    Math.max(...chain.map(({ consistentAtMs }) => consistentAtMs));
  return [...chainsOf(missing).values()].sort((a, b) => newest(b) - newest(a)).flat();
}
