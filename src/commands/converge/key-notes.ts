import type { Plan } from '../../domain/plan.ts';
import { assessKeys, assessSigners } from '../../planner/status/assess-keys.ts';
import { listKeys } from '../key-list.ts';
import type { Ports } from '../ports.ts';

/** Keys that soon stop backups, said in every run: an expired recipient ends them all in one night. */
export async function keyNotes(ports: Ports, plan: Plan): Promise<readonly string[]> {
  const keys = await listKeys(ports, plan);
  if (!keys.ok) return [`the keys of the plan cannot be examined: ${keys.failure.message}`];
  const nowMs = ports.clock.nowMs();
  const facts = keys.value.map((key) => key.facts);
  return [...assessKeys(facts, nowMs), ...assessSigners(plan.signing, nowMs)].map(
    ({ subject, message }) => `key ${subject.name} ${message}`,
  );
}
