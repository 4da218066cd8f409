import type { Plan, ResourceSpec } from '../domain/plan.ts';
import type { ReleasedSnapshot } from '../domain/plan-report.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import { applyRetention } from '../retention/apply-retention.ts';
import { groupByResource } from './history.ts';
import { bytesOf } from './snapshot-size.ts';

export interface PreviewInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
}

export interface RetentionPreview {
  /** By snapshot id, for every snapshot of a resource that the plan has: why it stays; empty = released. */
  readonly keptBy: ReadonlyMap<string, readonly string[]>;
  /** Oldest first, by resource in the order of the plan. */
  readonly released: readonly ReleasedSnapshot[];
}

/** What the plan's retention would release now. Snapshots of resources that it does not have are not judged. */
export function previewRetention({ plan, catalog, nowMs }: PreviewInput): RetentionPreview {
  const byResource = groupByResource(catalog.snapshots);
  const keptBy = new Map<string, readonly string[]>();
  const released = Object.values(plan.resources).flatMap((resource) => {
    const snapshots = byResource.get(resource.name) ?? [];
    for (const [id, reasons] of reasonsOf(resource, snapshots, { plan, nowMs })) keptBy.set(id, reasons);
    return snapshots.filter(({ id }) => keptBy.get(id)?.length === 0).map(asReleased);
  });
  return { keptBy, released };
}

function reasonsOf(
  { retention }: ResourceSpec,
  snapshots: readonly Snapshot[],
  { plan, nowMs }: Pick<PreviewInput, 'plan' | 'nowMs'>,
): Map<string, readonly string[]> {
  const decision = applyRetention({ policies: retention, snapshots, timezone: plan.timezone, nowMs });
  const kept = decision.keep.map(({ id, reasons }) => [id, reasons] as const);
  return new Map([...kept, ...decision.remove.map((id) => [id, []] as const)]);
}

function asReleased(snapshot: Snapshot): ReleasedSnapshot {
  const { id, resource, mode, consistentAtMs, copies } = snapshot;
  return {
    id,
    resource,
    mode,
    consistentAtMs,
    bytes: bytesOf(snapshot),
    targets: copies.map(({ target }) => target),
  };
}
