import { describe, expect, it } from 'vitest';
import type { Manner } from './hostile-store.ts';
import { firstBadWorld } from './worlds.ts';

/** `BACKUP_PLAN_SIM_HOSTILE_SEEDS=5000` looks at more worlds, `BACKUP_PLAN_SIM_SEED=42` at that one. */
const { BACKUP_PLAN_SIM_HOSTILE_SEEDS: count = '160', BACKUP_PLAN_SIM_SEED: single } = process.env;
const TIMEOUT_MS = 3_600_000;
const seeds =
  single === undefined
    ? { from: 0, until: Number(count) }
    : { from: Number(single), until: Number(single) + 1 };

const LATE: Partial<Manner> = { lateListings: 40, conflicts: 0 };

/** What a store may do to those who do not ask it for more than it has promised. */
const BEARABLE: Readonly<Record<string, Partial<Manner>>> = {
  'ignores that a creation must not replace anything': { replaces: true, conflicts: 0.05 },
  'cuts what is read short, and calls it whole': { cutReads: 0.03 },
  'lists in pages of one key while others write': { pageSize: 1, conflicts: 0.05 },
};

describe('a store that', () => {
  it.each(Object.keys(BEARABLE))(
    '%s loses nothing that was called good',
    async (name) => {
      expect(await firstBadWorld(seeds, { manner: BEARABLE[name]! })).toBeUndefined();
    },
    TIMEOUT_MS,
  );

  it(
    'lists late makes a prune delete what a new snapshot needs',
    async () => {
      const bad = await firstBadWorld({ from: 0, until: 2000 }, { manner: LATE });
      expect(bad?.problems[0]).toContain('reported good and lost');
    },
    TIMEOUT_MS,
  );

  it(
    'lists late loses nothing once it was probed: then every prune is refused there',
    async () => {
      expect(await firstBadWorld(seeds, { manner: LATE, probed: true })).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});
