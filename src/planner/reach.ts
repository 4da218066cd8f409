import type { Plan } from '../domain/plan.ts';
import type { Catalog, Copy, Snapshot } from '../domain/snapshot.ts';

/** How a snapshot stands on one target, with all that it needs there. */
export type Standing =
  | { readonly state: 'here' }
  /** It is not, and may be brought there from `sources`, the nearest first. */
  | { readonly state: 'copyable'; readonly sources: readonly string[] };

/** By snapshot id. What is absent can never stand on the target. */
export type Reach = ReadonlyMap<string, Standing>;

export interface ReachQuestion {
  readonly plan: Plan;
  readonly catalog: Catalog;
  /** Targets in a folder of this machine. */
  readonly near?: ReadonlySet<string>;
}

/**
 * What lies on a target as part of a whole chain, or could. A record is create-only: what a prune
 * deleted there, condemned, demoted or damaged data under a live record, and what stands on such,
 * never can. A live record whose data is gone gets it back.
 */
export function reachOf(snapshots: readonly Snapshot[], target: string, question: ReachQuestion): Reach {
  const reach = new Map<string, Standing>();
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const ground: Ground = {
    ...question,
    target,
    pruned: question.catalog.pruned?.get(target) ?? new Set(),
    condemned: condemnedPlaces(snapshots),
  };
  // Parents first; a record whose level does not exceed its parent's finds none.
  for (const snapshot of snapshots.toSorted((a, b) => levelOf(a) - levelOf(b))) {
    const { parent } = snapshot.record.chain;
    if (parent !== undefined && !reach.has(parent.snapshotId)) continue;
    const standing = standingOf(snapshot, byId.get(parent?.snapshotId ?? ''), ground);
    if (standing !== undefined) reach.set(snapshot.id, standing);
  }
  return reach;
}

interface Ground extends ReachQuestion {
  readonly target: string;
  readonly pruned: ReadonlySet<string>;
  /** `target root` of chains with a condemned member. */
  readonly condemned: ReadonlySet<string>;
}

function standingOf(snapshot: Snapshot, parent: Snapshot | undefined, ground: Ground): Standing | undefined {
  const { target, condemned, pruned } = ground;
  if (condemned.has(placeOf(target, snapshot))) return undefined;
  const copy = copyOn(snapshot, target);
  if (copy !== undefined && !standsOn(copy, parent, target)) return undefined;
  if (copy !== undefined && isWhole(copy)) return { state: 'here' };
  if (copy === undefined ? pruned.has(snapshot.id) : copy.state !== 'missing') return undefined;
  if (!snapshot.good) return undefined;
  const sources = sourcesOf(snapshot, ground);
  return sources.length === 0 ? undefined : { state: 'copyable', sources };
}

/** A record names the one of its parent by its digest, and neither ever changes. */
function standsOn({ record, demoted }: Copy, parent: Snapshot | undefined, target: string): boolean {
  if (demoted === true) return false;
  return parent === undefined || copyOn(parent, target)?.recordSha256 === record.chain.parent?.recordSha256;
}

function sourcesOf(snapshot: Snapshot, { target, condemned, plan, near }: Ground): readonly string[] {
  const order = Object.keys(plan.targets);
  const usable = snapshot.copies.filter(
    (copy) =>
      copy.target !== target &&
      copy.state === 'present' &&
      copy.demoted !== true &&
      !condemned.has(placeOf(copy.target, snapshot)),
  );
  const rankOf = (name: string): number =>
    (near?.has(name) === true ? 0 : 2) + (plan.targets[name]?.offsite === true ? 1 : 0);
  return usable
    .map((copy) => copy.target)
    .sort((a, b) => rankOf(a) - rankOf(b) || order.indexOf(a) - order.indexOf(b));
}

function condemnedPlaces(snapshots: readonly Snapshot[]): ReadonlySet<string> {
  return new Set(
    snapshots.flatMap((snapshot) =>
      snapshot.copies.flatMap(({ state, target }) =>
        state === 'condemned' ? [placeOf(target, snapshot)] : [],
      ),
    ),
  );
}

function placeOf(target: string, { record }: Snapshot): string {
  return `${target} ${record.chain.root}`;
}

/** What is archived is there, though it cannot be read at once. */
function isWhole({ state }: Copy): boolean {
  return state === 'present' || state === 'archived' || state === 'unknown';
}

function copyOn({ copies }: Snapshot, target: string): Copy | undefined {
  return copies.find((copy) => copy.target === target);
}

function levelOf({ record }: Snapshot): number {
  return record.chain.level;
}
