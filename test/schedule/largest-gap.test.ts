import { describe, expect, it } from 'vitest';
import { largestGap } from '../../src/schedule/largest-gap.ts';
import { ticksBetween, type TickSource } from '../../src/schedule/ticks.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR = { fromMs: Date.UTC(2026, 0, 1), days: 366 };
const berlin = (cron: string): TickSource => ({ cron, timezone: 'Europe/Berlin' });

function slowGap(schedules: readonly TickSource[], fromMs: number, untilMs: number): number {
  const ticks = [
    ...new Set(schedules.flatMap((schedule) => [...ticksBetween(schedule, fromMs, untilMs)])),
  ].sort((a, b) => a - b);
  return Math.max(...ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? tick)));
}

describe('largestGap', () => {
  it('names the night of the clock change for a daily schedule', () => {
    const gap = largestGap([berlin('0 3 * * *')], YEAR);
    expect(gap).toEqual({
      gapMs: 25 * HOUR_MS,
      fromMs: Date.parse('2026-10-24T01:00Z'),
      toMs: Date.parse('2026-10-25T02:00Z'),
      clockChange: true,
    });
  });

  it('knows no clock change where the zone has none', () => {
    expect(largestGap([{ cron: '0 3 * * *', timezone: 'UTC' }], YEAR)).toMatchObject({
      gapMs: DAY_MS,
      clockChange: false,
    });
  });

  it.each(['0 */6 * * *', '*/15 * * * *', '30 2 * * 1-5', '0 0 1 * *', '5 1,13 * * *'])(
    'equals the slow way for %s',
    (cron) => {
      const untilMs = YEAR.fromMs + YEAR.days * DAY_MS;
      expect(largestGap([berlin(cron)], YEAR)?.gapMs).toBe(
        slowGap([berlin(cron)], YEAR.fromMs - 40 * DAY_MS, untilMs + 40 * DAY_MS),
      );
    },
  );

  it('looks at all schedules together, each in its zone', () => {
    const pair = [berlin('0 6 * * *'), { cron: '0 18 * * *', timezone: 'America/New_York' }];
    const untilMs = YEAR.fromMs + YEAR.days * DAY_MS;
    expect(largestGap(pair, YEAR)?.gapMs).toBe(slowGap(pair, YEAR.fromMs - DAY_MS, untilMs + DAY_MS));
  });

  it('reaches beyond a window that holds no tick', () => {
    const gap = largestGap([{ cron: '0 0 29 2 *', timezone: 'UTC' }], YEAR);
    expect(gap?.gapMs).toBe(Date.UTC(2028, 1, 29) - Date.UTC(2024, 1, 29));
  });

  it('has nothing to say without schedules', () => {
    expect(largestGap([], YEAR)).toBeUndefined();
  });
});
