import type { Clock, Timers } from '../../domain/clock.ts';
import { ok, type Result } from '../../domain/result.ts';
import { markerKey } from '../keys.ts';
import type { Repository } from '../repository.ts';
import { modifiedMs } from '../store-clock.ts';
import { makeProbe, type ProbeSite } from './probe-site.ts';

export interface StoreTimes {
  /** Newer objects have later modification times. */
  readonly modificationTimes: boolean;
  /** How far the store's clock is ahead of ours; absent where its times mean nothing. */
  readonly clockAheadMs?: number;
}

export interface Timekeepers {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** The coarsest time that a file system in use keeps. */
const COARSEST_MS = 2000;

/** Compares with the marker, which is older than everything else, by more than the coarsest time. */
export async function probeTimes(
  site: ProbeSite,
  repository: Repository,
  { clock, timers }: Timekeepers,
): Promise<Result<StoreTimes>> {
  const marker = await modifiedMs(repository, markerKey());
  if (!marker.ok) return marker;
  const first = await timeOfNow(site, repository, clock);
  if (!first.ok) return first;
  if (first.value.atMs > marker.value) return ok(usable(first.value));
  await new Promise<void>((resolve) => timers.after(COARSEST_MS + 100, resolve));
  const later = await timeOfNow(site, repository, clock);
  if (!later.ok) return later;
  return ok(later.value.atMs > marker.value ? usable(later.value) : { modificationTimes: false });
}

function usable({ aheadMs }: StoreTime): StoreTimes {
  return { modificationTimes: true, clockAheadMs: aheadMs };
}

interface StoreTime {
  readonly atMs: number;
  readonly aheadMs: number;
}

/** 0 where the store's time can lie between the question and the answer by ours. */
async function timeOfNow(site: ProbeSite, repository: Repository, clock: Clock): Promise<Result<StoreTime>> {
  const beforeMs = clock.nowMs();
  const made = await makeProbe(site, new Uint8Array());
  if (!made.ok) return made;
  const afterMs = clock.nowMs();
  const now = await modifiedMs(repository, made.value);
  if (!now.ok) return now;
  const atMs = now.value;
  const behindMs = beforeMs - COARSEST_MS - atMs;
  if (behindMs > 0) return ok({ atMs, aheadMs: Math.round(atMs - beforeMs) });
  return ok({ atMs, aheadMs: Math.max(0, Math.round(atMs - afterMs)) });
}
