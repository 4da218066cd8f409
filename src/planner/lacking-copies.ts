import { isRestorePoint } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { CopyState, Snapshot } from '../domain/snapshot.ts';
import type { Belongings } from './belonging.ts';

export interface LackingCopy {
  readonly target: string;
  readonly state: CopyState;
  /** The newest restore point that should lie there. */
  readonly snapshot: Snapshot;
}

export interface LackingQuestion {
  /** Good snapshots of the resource, newest first. */
  readonly good: readonly Snapshot[];
  readonly belongings: Belongings;
  /** Targets that were read; of the others nothing is known. */
  readonly read: ReadonlySet<string>;
}

/**
 * Targets without a whole copy of the newest restore point, or, where the edge has a schedule, of the
 * newest one that belongs there. What is archived is there.
 */
export function lackingCopies(resource: ResourceSpec, question: LackingQuestion): readonly LackingCopy[] {
  const points = question.good.filter(({ mode }) => isRestorePoint(mode));
  const [newest] = points;
  const targets = (newest && resource.targets[newest.mode]) ?? [];
  return targets
    .filter((target) => question.read.has(target))
    .flatMap((target) => {
      const snapshot = newestMeantFor(target, resource, points, question.belongings);
      return snapshot === undefined ? [] : [{ target, state: stateOn(target, snapshot), snapshot }];
    })
    .filter(({ state }) => state !== 'present' && state !== 'archived');
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
