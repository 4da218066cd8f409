import type { Clock } from '../domain/clock.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { logKey } from './keys.ts';
import type { LogPlace } from './read-log.ts';
import { probeStoreMs } from './store-clock.ts';

export interface LeaseQuestion extends LogPlace {
  readonly serial: number;
  readonly leaseSeconds: number;
  readonly clock: Clock;
}

/**
 * Judges by the store's clock alone: the age of the entry against the age of a probe object made
 * now. Clocks of two hosts that differ can so neither steal a lease nor keep one for ever.
 */
export async function hasLeaseExpired({
  repository,
  plan,
  serial,
  leaseSeconds,
  clock,
}: LeaseQuestion): Promise<Result<boolean>> {
  const key = logKey(plan, serial);
  const begun = await repository.target.stat(key);
  if (!begun.ok) return begun;
  if (begun.value === undefined) return failed(failure('LOG_UNREADABLE', `${key} is gone`));
  const now = await probeStoreMs(repository, plan, clock);
  return now.ok ? ok(now.value - begun.value.modifiedMs > leaseSeconds * 1000) : now;
}
