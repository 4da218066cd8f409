import type { Clock } from '../../domain/clock.ts';

/** How long a sweep mark gives the right to delete. One that is older, by the store's clock, is dead. */
export const SWEEP_LEASE_MS = 24 * 3_600_000;

/**
 * A sweeper begins no deletion later than this after its mark. The other half is for a program that
 * stands still between the question and the deletion.
 */
export const SWEEP_START_MS = SWEEP_LEASE_MS / 2;

/** Whether a sweep mark of that age may still be followed by a deletion; unknown counts as yes. */
export function isSweepAlive(markedMs: number, nowStoreMs: number | undefined): boolean {
  return nowStoreMs === undefined || nowStoreMs - markedMs <= SWEEP_LEASE_MS;
}

/** How much of its right a sweep has used up, in milliseconds. */
export interface SweepLease {
  usedMs(): number;
}

/**
 * The larger of what the two clocks say: the monotonic one stands still while a machine sleeps, and
 * the wall clock may be set back. `ageMs`: what was used up before.
 */
export function startLease(clock: Clock): (ageMs: number) => SweepLease {
  const [monotonicMs, wallMs] = [clock.monotonicMs(), clock.nowMs()];
  const passedMs = (): number => Math.max(clock.monotonicMs() - monotonicMs, clock.nowMs() - wallMs);
  return (ageMs) => ({ usedMs: () => ageMs + passedMs() });
}
