import type { Clock } from '../domain/clock.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { markerKey } from './keys.ts';
import { probeKey } from './probe/probe-key.ts';
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

/** What a store said that kept the probe, and our monotonic time then: it is not asked again and again. */
const told = new WeakMap<Repository, { readonly storeMs: number; readonly monotonicMs: number }>();

/** The modification time of a probe that is removed again, as far as these credentials may. */
export async function probeStoreMs(
  repository: Repository,
  plan: string,
  clock?: Clock,
): Promise<Result<number>> {
  const before = told.get(repository);
  if (before !== undefined && clock !== undefined)
    return ok(before.storeMs + clock.monotonicMs() - before.monotonicMs);
  const probe = probeKey(plan);
  const created = await repository.target.create(probe, new Uint8Array());
  if (!created.ok) return created;
  const now = await modifiedMs(repository, probe);
  const removed = await repository.target.remove(probe);
  if (!now.ok) return now;
  if (removed.ok) return now;
  if (removed.failure.code !== 'TARGET_DENIED') return removed;
  if (clock !== undefined) told.set(repository, { storeMs: now.value, monotonicMs: clock.monotonicMs() });
  return now;
}

export async function modifiedMs({ target }: Repository, key: string): Promise<Result<number>> {
  const facts = await target.stat(key);
  if (!facts.ok) return facts;
  return facts.value === undefined
    ? failed(failure('TARGET_IO', `${key} is not on target ${target.name} any more`))
    : ok(facts.value.modifiedMs);
}
