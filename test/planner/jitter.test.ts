import { describe, expect, it } from 'vitest';
import { jitterOf } from '../../src/planner/jitter.ts';

const HOUR_MS = 3_600_000;
const names = Array.from({ length: 2_000 }, (_, index) => `resource-${String(index)}`);

describe('jitterOf', () => {
  it('is nothing where none is allowed', () => {
    expect(names.every((name) => jitterOf(name, 0) === 0)).toBe(true);
  });

  it('stays within what is allowed, in whole milliseconds', () => {
    for (const name of names) {
      const jitter = jitterOf(name, 7);
      expect(Number.isInteger(jitter) && jitter >= 0 && jitter <= 7).toBe(true);
    }
  });

  it('spreads similar names evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (const name of names) {
      const tenth = Math.min(9, Math.floor((jitterOf(name, HOUR_MS) / HOUR_MS) * 10));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(140);
    expect(Math.max(...tenths)).toBeLessThan(260);
  });

  it('never changes: machines of different versions must agree', () => {
    expect(['calls', 'uploads', 'größe'].map((name) => jitterOf(name, HOUR_MS))).toMatchInlineSnapshot(`
      [
        1329374,
        2951844,
        2891696,
      ]
    `);
  });
});
