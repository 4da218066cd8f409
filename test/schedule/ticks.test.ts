import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronPattern } from '../../src/schedule/cron.ts';
import { lastTick, nextTick, ticksBetween } from '../../src/schedule/ticks.ts';
import { zoneOf } from '../../src/schedule/zone.ts';
import { watchClock } from './clock-oracle.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Two clock changes on either side of November 2026, in UTC. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  'Europe/Berlin': ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2027-03-28T01:00Z', '2027-10-31T01:00Z'],
  'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z', '2027-03-14T07:00Z', '2027-11-07T06:00Z'],
  'Australia/Lord_Howe': ['2026-04-04T15:00Z', '2026-10-03T15:30Z', '2027-04-03T15:00Z', '2027-10-02T15:30Z'],
  'Asia/Kolkata': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
};
const CRONS = [
  '30 2 * * *',
  '0 2 * * *',
  '0 3 * * *',
  '*/15 * * * *',
  '0 */6 * * *',
  '59 1,2 * * 0',
  '10 2 1-7,25-31 * 6',
  '30 1-3 29 3,10 *',
];

describe.each(Object.keys(CHANGES))('ticks in %s', (timezone) => {
  const windows = (CHANGES[timezone] ?? []).map((change) => {
    const changeMs = new Date(change).getTime();
    return { fromMs: changeMs - 2 * DAY_MS, untilMs: changeMs + 2 * DAY_MS };
  });

  it.each(CRONS)('%s ticks as a person who watches the clock would', (cron) => {
    for (const window of windows) {
      const expected = watchClock(cron, timezone, window);
      expect([...ticksBetween({ cron, timezone }, window.fromMs, window.untilMs)]).toEqual(expected);
    }
  });

  it('agrees with itself backwards and forwards from every quarter of an hour', () => {
    const schedule = { cron: '30 2,14 * * *', timezone };
    for (const { fromMs, untilMs } of windows) {
      const ticks = watchClock(schedule.cron, timezone, {
        fromMs: fromMs - DAY_MS,
        untilMs: untilMs + DAY_MS,
      });
      for (let now = fromMs; now <= untilMs; now += HOUR_MS / 4) {
        expect(lastTick(schedule, now)).toBe(ticks.findLast((tick) => tick <= now));
        expect(nextTick(schedule, now)).toBe(ticks.find((tick) => tick > now));
      }
    }
  });

  it('02:30 comes exactly once a day for two years', () => {
    const ticks = [
      ...ticksBetween({ cron: '30 2 * * *', timezone }, Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1)),
    ];
    const days = ticks.map((tick) =>
      new Date(tick + zoneOf(timezone).offsetAt(tick)).toISOString().slice(0, 10),
    );
    expect(new Set(days).size).toBe(days.length);
    expect(days.length).toBe(730);
  });
});

describe('clock changes by hand', () => {
  const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

  it('runs a skipped 02:30 at 03:00, when the clock has jumped', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    expect(iso(nextTick(schedule, Date.parse('2026-03-28T12:00Z')))).toBe('2026-03-29T01:00:00.000Z');
    expect(iso(lastTick(schedule, Date.parse('2026-03-29T00:59:59.999Z')))).toBe('2026-03-28T01:30:00.000Z');
    expect(iso(lastTick(schedule, Date.parse('2026-03-29T01:00Z')))).toBe('2026-03-29T01:00:00.000Z');
  });

  it('runs a repeated 02:30 the first time only', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    expect(iso(nextTick(schedule, Date.parse('2026-10-24T12:00Z')))).toBe('2026-10-25T00:30:00.000Z');
    expect(iso(nextTick(schedule, Date.parse('2026-10-25T00:30Z')))).toBe('2026-10-26T01:30:00.000Z');
    expect(iso(lastTick(schedule, Date.parse('2026-10-25T01:45Z')))).toBe('2026-10-25T00:30:00.000Z');
  });

  it('runs several skipped ticks once', () => {
    const schedule = { cron: '*/10 2 * * *', timezone: 'Europe/Berlin' };
    const [first, ...rest] = ticksBetween(
      schedule,
      Date.parse('2026-03-28T22:00Z'),
      Date.parse('2026-03-29T22:00Z'),
    );
    expect(iso(first)).toBe('2026-03-29T01:00:00.000Z');
    expect(rest).toEqual([]);
  });

  it('survives a day that a zone left out', () => {
    const schedule = { cron: '0 12 * * *', timezone: 'Pacific/Apia' };
    const ticks = [
      ...ticksBetween(schedule, Date.parse('2011-12-28T22:30Z'), Date.parse('2012-01-01T00:00Z')),
    ];
    expect(ticks.map(iso)).toEqual([
      '2011-12-29T22:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-30T22:00:00.000Z',
      '2011-12-31T22:00:00.000Z',
    ]);
  });

  it('ticks on the moment itself count as passed', () => {
    const schedule = { cron: '0 3 * * *', timezone: 'UTC' };
    const tick = Date.parse('2026-06-01T03:00Z');
    expect(lastTick(schedule, tick)).toBe(tick);
    expect(lastTick(schedule, tick - 1)).toBe(tick - DAY_MS);
    expect(nextTick(schedule, tick)).toBe(tick + DAY_MS);
    expect(nextTick(schedule, tick - 1)).toBe(tick);
  });

  it('finds the leap day years away', () => {
    const schedule = { cron: '0 0 29 2 *', timezone: 'UTC' };
    expect(iso(lastTick(schedule, Date.parse('2027-06-01T00:00Z')))).toBe('2024-02-29T00:00:00.000Z');
    expect(iso(nextTick(schedule, Date.parse('2096-03-01T00:00Z')))).toBe('2104-02-29T00:00:00.000Z');
  });
});

describe('any schedule at any time', () => {
  const field = (max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.nat({ max }).map(String),
      fc.integer({ min: 2, max: Math.min(max, 12) }).map((step) => `*/${String(step)}`),
    );
  const cron = fc
    .tuple(field(59), field(23), fc.constant('*'), fc.constant('*'), field(6))
    .map((fields) => fields.join(' '));
  const zone = fc.constantFrom(...Object.keys(CHANGES));
  const moment = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) });

  it('no tick lies between the last and the next', () => {
    fc.assert(
      fc.property(cron, zone, moment, (expression, timezone, now) => {
        const schedule = { cron: expression, timezone };
        const last = lastTick(schedule, now) ?? NaN;
        const next = nextTick(schedule, now) ?? NaN;
        expect(last).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect(nextTick(schedule, last)).toBe(next);
        expect(lastTick(schedule, next - 1)).toBe(last);
      }),
    );
  });

  it('matches what stands on the wall', () => {
    fc.assert(
      fc.property(cron, moment, (expression, now) => {
        const next = nextTick({ cron: expression, timezone: 'UTC' }, now) ?? NaN;
        expect(cronPattern(expression).atOrBefore(next)).toBe(next);
        expect(next % 60_000).toBe(0);
      }),
    );
  });
});
