import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { newIdentity } from './ids.ts';
import { leaseKey, logKey } from './keys.ts';
import type { LogPlace } from './read-log.ts';

export interface LeaseQuestion extends LogPlace {
  readonly serial: number;
  readonly leaseSeconds: number;
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
}: LeaseQuestion): Promise<Result<boolean>> {
  const begun = await modifiedMs({ repository }, logKey(plan, serial));
  if (!begun.ok) return begun;
  const probe = leaseKey(plan, `probe-${newIdentity()}`);
  const created = await repository.target.create(probe, new Uint8Array());
  if (!created.ok) return created;
  const now = await modifiedMs({ repository }, probe);
  const removed = await repository.target.remove(probe);
  if (!now.ok) return now;
  return removed.ok ? ok(now.value - begun.value > leaseSeconds * 1000) : removed;
}

async function modifiedMs(
  { repository }: Pick<LogPlace, 'repository'>,
  key: string,
): Promise<Result<number>> {
  const facts = await repository.target.stat(key);
  if (!facts.ok) return facts;
  return facts.value === undefined
    ? failed(failure('LOG_UNREADABLE', `${key} is gone`))
    : ok(facts.value.modifiedMs);
}
