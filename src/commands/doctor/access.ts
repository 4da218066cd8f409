import type { TargetAccess, TargetLifecycle } from '../../domain/doctor-report.ts';
import type { Plan } from '../../domain/plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../ports.ts';
import { checkTargets } from '../workspace.ts';

/** Least rights for each role on the targets that are named, or on all. Asks no store. */
export function accessOf(
  ports: Ports,
  plan: Plan,
  names: readonly string[],
): Result<readonly TargetAccess[]> {
  return eachTarget(plan, names, ({ name, type, options }) => ({
    target: name,
    type,
    policies: ports.targetTypes.get(type)?.accessPolicies?.(options) ?? [],
  }));
}

/** A configuration for each store that harms no snapshot. */
export function lifecycleOf(
  ports: Ports,
  plan: Plan,
  names: readonly string[],
): Result<readonly TargetLifecycle[]> {
  return eachTarget(plan, names, ({ name, type, options }) => {
    const document = ports.targetTypes.get(type)?.safeLifecycle?.(options);
    return { target: name, type, ...(document === undefined ? {} : { document }) };
  });
}

function eachTarget<T>(
  plan: Plan,
  names: readonly string[],
  tell: (spec: Plan['targets'][string]) => T,
): Result<readonly T[]> {
  const known = checkTargets(plan, names);
  if (!known.ok) return known;
  const wanted = Object.values(plan.targets).filter(({ name }) => names.length === 0 || names.includes(name));
  return ok(wanted.map(tell));
}
