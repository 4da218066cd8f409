import { needsParent, type Mode } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { History } from './history.ts';
import type { Reach } from './reach.ts';

/** The mode that can really be taken, and what it builds on. */
export interface Basis {
  readonly mode: Mode;
  readonly parentId?: string;
  /** Why a full is taken where less was asked for. */
  readonly fallback?: string;
}

/** Snapshots by id, for walks along chains. */
export type SnapshotIndex = ReadonlyMap<string, Snapshot>;

export interface BasisQuestion {
  readonly resource: ResourceSpec;
  readonly mode: Mode;
  readonly targets: readonly string[];
  readonly history: History;
  readonly byId: SnapshotIndex;
  /** What stands on a target, or can be brought there first. */
  readonly reachOn: (target: string) => Reach;
  /** Targets that were read; of the others nothing is known, and what they lack is made up for later. */
  readonly read: ReadonlySet<string>;
}

const PARENT_MODES: Readonly<Partial<Record<Mode, readonly Mode[]>>> = {
  incremental: ['full', 'incremental', 'differential'],
  differential: ['full'],
};

/**
 * A parent must be good and, with all that it needs, be on every target that the new snapshot goes
 * to, or be copied there first; without one a full is taken, and says why. An incremental builds on the newest restore
 * point, a differential on the newest full.
 */
export function chooseBasis(question: BasisQuestion): Basis {
  const { mode, resource, history } = question;
  if (!needsParent(mode)) return { mode };
  const candidates = history.good.filter((snapshot) => PARENT_MODES[mode]?.includes(snapshot.mode));
  const sameType = candidates.filter(({ record }) => record.resourceType === resource.type);
  const parent = sameType.find((snapshot) => fits(snapshot, question));
  if (parent !== undefined) return { mode, parentId: parent.id };
  return { mode: 'full', fallback: explain(question, candidates, sameType) };
}

function explain(
  question: BasisQuestion,
  candidates: readonly Snapshot[],
  sameType: readonly Snapshot[],
): string {
  const { mode, history } = question;
  const [newest] = sameType;
  if (newest !== undefined) {
    const missing = question.targets.filter((target) => !standsOn(newest, target, question));
    return missing.length === 0
      ? 'no snapshot is whole on any target'
      : `${newest.id} is not whole on ${missing.join(', ')}`;
  }
  if (candidates.length > 0) return 'the type of the resource has changed';
  if (history.fromFuture.length > 0) return 'the only snapshots are dated in the future';
  return `no good snapshot for ${mode === 'incremental' ? 'an' : 'a'} ${mode} to build on`;
}

function fits(snapshot: Snapshot, question: BasisQuestion): boolean {
  return (
    question.targets.every((target) => standsOn(snapshot, target, question)) &&
    snapshot.copies.some(({ target }) => isWholeOn(snapshot, target, question.byId))
  );
}

function standsOn({ id }: Snapshot, target: string, { reachOn, read }: BasisQuestion): boolean {
  return !read.has(target) || reachOn(target).has(id);
}

/** What has to be copied to a target before a snapshot stands there, the full first. */
export function lackingChain(snapshot: Snapshot, reach: Reach, byId: SnapshotIndex): readonly Snapshot[] {
  const lacking: Snapshot[] = [];
  let link: Snapshot | undefined = snapshot;
  for (let level = snapshot.record.chain.level; level >= 0 && link !== undefined; level -= 1) {
    if (reach.get(link.id)?.state === 'copyable') lacking.unshift(link);
    link = byId.get(link.record.chain.parent?.snapshotId ?? '');
  }
  return lacking;
}

/** Whether a target holds a snapshot with all that it needs. */
export function isWholeOn(snapshot: Snapshot, target: string, byId: SnapshotIndex): boolean {
  let link: Snapshot | undefined = snapshot;
  // Levels count down to the full, so a chain that bites its own tail ends too.
  for (let level = snapshot.record.chain.level; level >= 0; level -= 1) {
    if (link?.copies.some((copy) => copy.target === target && copy.state === 'present') !== true)
      return false;
    const parentId: string | undefined = link.record.chain.parent?.snapshotId;
    if (parentId === undefined) return true;
    link = byId.get(parentId);
  }
  return false;
}
