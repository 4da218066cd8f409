import { describe, expect, it } from 'vitest';
import { simulateLog } from './apply-log.ts';
import type { Manner } from './hostile-store.ts';

/** `BACKUP_PLAN_SIM_LOG_SEEDS=100000` looks at more worlds. */
const { BACKUP_PLAN_SIM_LOG_SEEDS: count = '400' } = process.env;
const TIMEOUT_MS = 3_600_000;

async function firstBadLog(until: number, manner: Partial<Manner> = {}) {
  let commits = 0;
  for (let seed = 0; seed < until; seed += 1) {
    const { problems, commits: made } = await simulateLog(seed, manner);
    commits += made;
    if (problems.length > 0) return { seed, problems };
  }
  // A log that nobody ever gets would prove nothing.
  expect(commits).toBeGreaterThan(until / 4);
  return undefined;
}

describe('several applies at once on one log, with faults, deaths and pauses beyond the lease', () => {
  it(
    'lose no commit that was called one, and leave one line of entries',
    async () => {
      expect(await firstBadLog(Number(count))).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  it(
    'would lose one on a store that lets a creation replace what is there',
    async () => {
      const bad = await firstBadLog(2000, { replaces: true });
      expect(bad?.problems.join()).toMatch(/is lost|follows another one/u);
    },
    TIMEOUT_MS,
  );
});
