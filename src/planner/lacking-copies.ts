import { isRestorePoint } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { CopyState, Snapshot } from '../domain/snapshot.ts';
import type { Belongings } from './belonging.ts';
import type { Reaches } from './reaches.ts';

export interface LackingCopy {
  readonly target: string;
  readonly state: CopyState;
  /** The newest restore point that should lie there. */
  readonly snapshot: Snapshot;
  /** An apply can bring it there from another target. */
  readonly copyable: boolean;
}

export interface LackingQuestion {
  /** Good snapshots of the resource, newest first. */
  readonly good: readonly Snapshot[];
  readonly belongings: Belongings;
  readonly reaches: Reaches;
  /** Targets that were read; of the others nothing is known. */
  readonly read: ReadonlySet<string>;
}

/**
 * Targets without a whole copy of the newest restore point, or, where the edge has a schedule, of the
 * newest one that belongs there. What is archived is there.
 */
export function lackingCopies(
  resource: ResourceSpec,
  { good, belongings, reaches, read }: LackingQuestion,
): readonly LackingCopy[] {
  const points = good.filter(({ mode }) => isRestorePoint(mode));
  const [newest] = points;
  const targets = (newest && resource.targets[newest.mode]) ?? [];
  return targets
    .filter((target) => read.has(target))
    .flatMap((target): LackingCopy[] => {
      const snapshot = newestMeantFor(target, resource, points, belongings);
      if (snapshot === undefined) return [];
      const state = stateOn(target, snapshot);
      if (state === 'present' || state === 'archived') return [];
      const standing = reaches(resource.name, target).get(snapshot.id);
      return [{ target, state, snapshot, copyable: standing?.state === 'copyable' }];
    });
}

/** The newest that belongs on a target; a damaged copy tells that it did. Newest first. */
export function newestMeantFor(
  target: string,
  resource: ResourceSpec,
  points: readonly Snapshot[],
  belongings: Belongings,
): Snapshot | undefined {
  if (resource.edges[target]?.schedule === undefined) return points[0];
  const belonging = belongings(resource, target);
  return points.find((one) => belonging.has(one) || one.copies.some((copy) => copy.target === target));
}

function stateOn(target: string, { copies }: Snapshot): CopyState {
  return copies.find((copy) => copy.target === target)?.state ?? 'missing';
}
