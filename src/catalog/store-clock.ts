import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { newIdentity } from './ids.ts';
import { leaseKey, markerKey } from './keys.ts';
import type { Repository } from './repository.ts';

/**
 * What time the store has, in epoch milliseconds: the modification time of an object made now.
 * Undefined where it is not later than that of the marker, which is older than everything else:
 * such a store gives every object one time, and ages cannot be told.
 */
export async function storeNowMs(repository: Repository, plan: string): Promise<Result<number | undefined>> {
  const now = await probeStoreMs(repository, plan);
  if (!now.ok) return now;
  const marker = await modifiedMs(repository, markerKey());
  if (!marker.ok) return marker;
  return ok(now.value > marker.value ? now.value : undefined);
}

/** The modification time of a probe that is removed again. */
export async function probeStoreMs(repository: Repository, plan: string): Promise<Result<number>> {
  const probe = leaseKey(plan, `probe-${newIdentity()}`);
  const created = await repository.target.create(probe, new Uint8Array());
  if (!created.ok) return created;
  const now = await modifiedMs(repository, probe);
  const removed = await repository.target.remove(probe);
  if (!now.ok) return now;
  return removed.ok ? now : removed;
}

export async function modifiedMs({ target }: Repository, key: string): Promise<Result<number>> {
  const facts = await target.stat(key);
  if (!facts.ok) return facts;
  return facts.value === undefined
    ? failed(failure('TARGET_IO', `${key} is not on target ${target.name} any more`))
    : ok(facts.value.modifiedMs);
}
