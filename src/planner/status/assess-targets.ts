import type { Plan } from '../../domain/plan.ts';
import { formatBytes } from '../../domain/size.ts';
import type { StatusFinding, TargetStatus } from '../../domain/status.ts';
import type { Catalog, Snapshot } from '../../domain/snapshot.ts';
import type { SpaceFacts } from '../../domain/target.ts';
import { groupByResource } from '../history.ts';
import { bytesOf } from '../snapshot-size.ts';

export interface TargetsInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly spaces: ReadonlyMap<string, SpaceFacts>;
}

export interface AssessedTargets {
  readonly targets: readonly TargetStatus[];
  readonly findings: readonly StatusFinding[];
}

const LOW_SHARE = 0.1;
const CRITICAL_SHARE = 0.05;

/** Free space, and what could not be read. */
export function assessTargets({ plan, catalog, spaces }: TargetsInput): AssessedTargets {
  const needs = nextRoundBytes(catalog);
  const targets = Object.keys(plan.targets).map((target): TargetStatus => {
    const space = spaces.get(target);
    return { target, read: catalog.read.has(target), ...(space === undefined ? {} : space) };
  });
  const problems = catalog.problems.map(({ target, message }) =>
    finding('catalog', 'critical', target, message),
  );
  const silent = targets.filter(
    ({ target, read }) => !read && !catalog.problems.some((one) => one.target === target),
  );
  return {
    targets,
    findings: [
      ...problems,
      ...silent.map(({ target }) => finding('catalog', 'critical', target, 'was not read in full')),
      ...[...spaces].flatMap(([target, space]) => spaceFinding(target, space, needs.get(target) ?? 0)),
    ],
  };
}

function spaceFinding(
  target: string,
  { freeBytes, totalBytes }: SpaceFacts,
  neededBytes: number,
): StatusFinding[] {
  const free = `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
  if (freeBytes < neededBytes) {
    return [
      finding(
        'space',
        'critical',
        target,
        `${free}, the newest snapshots together take ${formatBytes(neededBytes)}`,
      ),
    ];
  }
  const share = totalBytes === 0 ? 1 : freeBytes / totalBytes;
  if (share >= LOW_SHARE) return [];
  return [finding('space', share < CRITICAL_SHARE ? 'critical' : 'warning', target, free)];
}

/** What one more snapshot of everything would take, by target, judged by the newest ones there. */
function nextRoundBytes(catalog: Catalog): Map<string, number> {
  const needs = new Map<string, number>();
  for (const snapshots of groupByResource(catalog.snapshots).values()) {
    for (const [target, newest] of newestByTarget(snapshots))
      needs.set(target, (needs.get(target) ?? 0) + bytesOf(newest));
  }
  return needs;
}

function newestByTarget(snapshots: readonly Snapshot[]): Map<string, Snapshot> {
  return new Map(
    snapshots.flatMap((snapshot) => snapshot.copies.map(({ target }) => [target, snapshot] as const)),
  );
}

function finding(
  check: StatusFinding['check'],
  severity: StatusFinding['severity'],
  name: string,
  message: string,
): StatusFinding {
  return { check, severity, subject: { kind: 'target', name }, message };
}
