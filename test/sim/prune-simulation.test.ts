import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';
import { firstBadWorld, simulated } from './worlds.ts';

/** `BACKUP_PLAN_SIM_SEEDS=100000` looks at more worlds, `BACKUP_PLAN_SIM_SEED=42` at one and tells all of it. */
const { BACKUP_PLAN_SIM_SEEDS: count = '2000', BACKUP_PLAN_SIM_SEED: single } = process.env;
const SEEDS = Number(count);
const PARTS = 8;
const TIMEOUT_MS = 3_600_000;

describe('writers, prunes, readers and undeletes beside each other, with faults, crashes and pauses', () => {
  if (single !== undefined) {
    it(`in world ${single}`, async () => {
      const { problems, trace } = await simulated(Number(single));
      process.stdout.write(`${trace.join('\n')}\n`);
      expect(problems).toEqual([]);
    });
    return;
  }

  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'lose nothing that was called good and leave no gap: part %i of the worlds',
    async (part) => {
      const [from, until] = [part, part + 1].map((edge) => Math.floor((edge * SEEDS) / PARTS)) as [
        number,
        number,
      ];
      expect(await firstBadWorld({ from, until })).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  it(
    'would lose something if writers did not look at the marks after their commits',
    async () => {
      const bad = await firstBadWorld({ from: 0, until: 10_000 }, { blindWriters: true });
      expect(bad?.problems[0]).toContain('reported good and lost');
    },
    TIMEOUT_MS,
  );

  it('are the same whenever they are looked at', async () => {
    const [first, second] = [await simulate(7), await simulate(7)];
    expect(first.operations).toBeGreaterThan(20);
    expect(second).toEqual(first);
  });
});
