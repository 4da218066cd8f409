const BASE_MS = 1_000;
const CAP_MS = 60_000;

/**
 * How long to wait after the given failed attempt: uniformly random up to a bound that doubles
 * ("full jitter"), so that clients which failed together do not come back together.
 */
export function backoffMs(failedAttempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** (failedAttempt - 1)));
}
