import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { Plan, ResourceSpec } from '../../domain/plan.ts';
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

/** As above, after `plan` has taken the place of the applied one. A new resource has no change. */
export async function changesWith(
  ports: Ports,
  plan: Plan,
  applied: AppliedPlan | undefined,
): Promise<RetentionChanges> {
  if (applied === undefined) return {};
  const remembered = rememberedChanges(applied, plan);
  const nowMs = ports.clock.nowMs();
  if (applied.digest === plan.digest) return remembered;
  const before = applied.state && (await ports.planFromDocument(applied.state.plan, plan));
  if (before?.ok !== true) return changedAt(Object.keys(plan.resources), nowMs);
  const changed = Object.values(plan.resources).filter((resource) => {
    const old = before.value.resources[resource.name];
    const sameCalendar = before.value.timezone === plan.timezone;
    return old !== undefined && !(sameCalendar && retentionOf(old) === retentionOf(resource));
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
  return JSON.stringify([retention, edges], (key, value: unknown) => (key === 'name' ? undefined : value));
}
