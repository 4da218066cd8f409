import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { calendarOf, PERIODS, type Period } from '../../src/retention/calendar.ts';
import { matchesLabel } from '../../src/retention/label-glob.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
];

function nameOf(period: Period, at: Temporal.ZonedDateTime): string {
  const names: Readonly<Record<Period, () => string>> = {
    hourly: () => `${at.toPlainDate().toString()} ${String(at.hour)}`,
    daily: () => at.toPlainDate().toString(),
    weekly: () => `${String(at.yearOfWeek)}-${String(at.weekOfYear)}`,
    monthly: () => `${String(at.year)}-${String(at.month)}`,
    yearly: () => String(at.year),
  };
  return names[period]();
}

describe('calendarOf', () => {
  const moment = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) });
  const apart = fc.oneof(
    fc.nat({ max: 7_200_000 }),
    fc.nat({ max: 8 * 86_400_000 }),
    fc.nat({ max: 400 * 86_400_000 }),
  );

  it.each(PERIODS)('tells %s periods apart as Temporal does', (period) => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), moment, apart, (timezone, first, distance) => {
        const calendar = calendarOf(timezone);
        const read = (at: number) =>
          nameOf(period, Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone));
        const same = calendar(period, first) === calendar(period, first + distance);
        expect(same).toBe(read(first) === read(first + distance));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z', { weekly: true, yearly: false }],
    ['2027-01-03T23:59:59Z', '2027-01-04T00:00:00Z', { weekly: false, yearly: true }],
    ['2024-02-28T12:00:00Z', '2024-02-29T12:00:00Z', { daily: false, monthly: true }],
    ['1969-12-31T23:00:00Z', '1970-01-01T00:00:00Z', { daily: false, weekly: true, yearly: false }],
  ] as const)('%s and %s', (first, second, expected) => {
    const calendar = calendarOf('UTC');
    for (const [period, same] of Object.entries(expected) as [Period, boolean][]) {
      expect(calendar(period, Date.parse(first)) === calendar(period, Date.parse(second)), period).toBe(same);
    }
  });
});

it.each([
  ['deploy-*', 'deploy-7', true],
  ['deploy-*', 'deploy-', true],
  ['deploy-*', 'predeploy-7', false],
  ['v1.?', 'v1.2', true],
  ['v1.?', 'v1x2', false],
  ['a+b', 'a+b', true],
  ['a+b', 'aab', false],
  ['[x]', 'x', false],
  ['*', 'two\nlines', true],
  ['?', '🎉', true],
  ['', '', true],
])('label glob %j against %j: %s', (glob, label, expected) => {
  expect(matchesLabel(glob, label)).toBe(expected);
});
