import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { Plan, ResourceSpec } from '../../domain/plan.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import type { Ports } from '../ports.ts';

/** Resource → epoch milliseconds at which its retention last changed. */
export type RetentionChanges = Readonly<Record<string, number>>;

/**
 * What the applied state remembers. Where it cannot be opened, every resource counts as changed when
 * the plan was applied: then snapshots only wait longer.
 */
export function rememberedChanges(applied: AppliedPlan, plan: Plan): RetentionChanges {
  if (applied.state !== undefined) {
    const remembered = Object.entries(applied.state.retentionChangedAt ?? {});
    return Object.fromEntries(remembered.map(([name, at]) => [name, Date.parse(at)]));
  }
  return changedAt(Object.keys(plan.resources), Date.parse(applied.at));
}

export interface PlanChange {
  readonly plan: Plan;
  readonly applied: AppliedPlan | undefined;
  /** What was there before the run. */
  readonly catalog: Catalog;
}

/**
 * As above, after `plan` has taken the place of the applied one. A resource that the applied plan
 * does not have has changed where it has snapshots: it comes back, or the log was begun anew.
 */
export async function changesWith(
  ports: Ports,
  { plan, applied, catalog }: PlanChange,
): Promise<RetentionChanges> {
  const nowMs = ports.clock.nowMs();
  const protectedOnce = new Set(catalog.snapshots.map(({ resource }) => resource));
  const known = Object.values(plan.resources).filter(({ name }) => protectedOnce.has(name));
  if (applied === undefined) return changedAt(namesOf(known), nowMs);
  const remembered = rememberedChanges(applied, plan);
  if (applied.digest === plan.digest) return remembered;
  const before = applied.state && (await ports.planFromDocument(applied.state.plan, plan));
  if (before?.ok !== true) return changedAt(Object.keys(plan.resources), nowMs);
  const sameCalendar = before.value.timezone === plan.timezone;
  const changed = known.filter((resource) => {
    const old = before.value.resources[resource.name];
    return old === undefined || !sameCalendar || retentionOf(old) !== retentionOf(resource);
  });
  return { ...remembered, ...changedAt(namesOf(changed), nowMs) };
}

/** As the applied state keeps it. */
export function changesDocument(changes: RetentionChanges): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(changes).map(([name, ms]) => [name, new Date(ms).toISOString()]));
}

function changedAt(names: readonly string[], atMs: number): RetentionChanges {
  return Object.fromEntries(names.map((name) => [name, atMs]));
}

function namesOf(resources: readonly ResourceSpec[]): readonly string[] {
  return resources.map(({ name }) => name);
}

/** All that decides what is kept; the names of policies decide nothing. */
function retentionOf({ retention, edges }: ResourceSpec): string {
  const onTargets = Object.entries(edges).map(([target, edge]) => [target, edge.retention]);
  return JSON.stringify([retention, onTargets], (key, value: unknown) =>
    key === 'name' ? undefined : value,
  );
}
