import type { Plan } from '../../domain/plan.ts';
import type { PruneChain, PruneMember, PrunePlan } from '../../domain/prune-plan.ts';
import type { CondemnedChain, HeldRelease, ReleasedSnapshot } from '../../domain/plan-report.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import { judgeTargets } from './plan-prune.ts';

export interface PreviewInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
  readonly retentionChangedAmong?: Readonly<Record<string, number>>;
  readonly backedUpFirst?: readonly string[];
}

/** What a prune would do now with snapshots, on every target that could be read. */
export interface PrunePreview {
  /** By target and snapshot id, for what is not condemned there: why it stays; empty = released. */
  readonly keptOn: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly released: readonly ReleasedSnapshot[];
  readonly held: readonly HeldRelease[];
  readonly condemned: readonly CondemnedChain[];
}

export function previewPrune(input: PreviewInput): PrunePreview {
  const readable = Object.keys(input.plan.targets).filter((name) => input.catalog.read.has(name));
  const targets = Object.fromEntries(readable.map((name) => [name, { leftovers: [] }]));
  const judged = judgeTargets({ ...input, kind: 'prune', targets });
  const prune = { targets: judged.map((one) => one.prune) };
  return {
    keptOn: new Map(judged.map(({ prune: { target }, keptBy }) => [target, keptBy])),
    released: releasedBy(prune),
    held: heldBy(prune),
    condemned: condemnedBy(prune),
  };
}

/** Each snapshot once, in the order of the plan, oldest first. */
function releasedBy({ targets }: PrunePlan): ReleasedSnapshot[] {
  const found = new Map<string, ReleasedSnapshot>();
  for (const { target, sweep, condemn } of targets) {
    for (const chain of [...sweep, ...condemn]) {
      for (const member of chain.members) {
        const known = found.get(member.snapshotId);
        found.set(
          member.snapshotId,
          known ? alsoOn(known, target, chain) : releasedOn(member, target, chain),
        );
      }
    }
  }
  return [...found.values()];
}

function releasedOn(member: PruneMember, target: string, chain: PruneChain): ReleasedSnapshot {
  const { snapshotId, mode, consistentAtMs, bytes } = member;
  const { resource, graceMs, sweepAtMs } = chain;
  const grace = graceMs === 0 ? {} : { graceUntilMs: sweepAtMs };
  return { id: snapshotId, resource, mode, consistentAtMs, bytes, targets: [target], ...grace };
}

function alsoOn(
  known: ReleasedSnapshot,
  target: string,
  { graceMs, sweepAtMs }: PruneChain,
): ReleasedSnapshot {
  const graceUntilMs = Math.max(known.graceUntilMs ?? 0, graceMs === 0 ? 0 : sweepAtMs);
  const grace = graceUntilMs === 0 ? {} : { graceUntilMs };
  return { ...known, targets: [...known.targets, target], ...grace };
}

function heldBy({ targets }: PrunePlan): HeldRelease[] {
  return targets.flatMap(({ target, refusals }) =>
    refusals
      .filter(({ held }) => held > 0)
      .map(({ resource, failure, held }) => ({
        target,
        ...(resource === undefined ? {} : { resource }),
        snapshots: held,
        failure,
      })),
  );
}

function condemnedBy({ targets }: PrunePlan): CondemnedChain[] {
  return targets.flatMap(({ target, waiting }) =>
    waiting.map(({ resource, root, members, sweepAtMs }) => ({
      target,
      resource,
      root,
      snapshots: members.length,
      untilMs: sweepAtMs,
    })),
  );
}
