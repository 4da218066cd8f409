import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { zoneOf } from '../../src/schedule/zone.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
];
const zone = fc.constantFrom(...ZONES);
const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });
const wall = (iso: string) => Date.parse(`${iso}Z`);

describe('zoneOf', () => {
  it('reads the same clock as Temporal', () => {
    fc.assert(
      fc.property(zone, moment, (timezone, at) => {
        const read = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
        expect(zoneOf(timezone).offsetAt(at)).toBe(read.offsetNanoseconds / 1e6);
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds the instant of every reading that exists, and the first of two', () => {
    fc.assert(
      fc.property(zone, moment, (timezone, at) => {
        const reading = Temporal.Instant.fromEpochMilliseconds(at)
          .toZonedDateTimeISO(timezone)
          .toPlainDateTime();
        const earlier = reading.toZonedDateTime(timezone, { disambiguation: 'earlier' }).epochMilliseconds;
        expect(zoneOf(timezone).instantOf(wall(reading.toString()))).toBe(earlier);
      }),
      { numRuns: 1_000 },
    );
  });

  it('inverts: the latest reading comes no later than its instant, the next one after it', () => {
    fc.assert(
      fc.property(zone, moment, (timezone, at) => {
        const clock = zoneOf(timezone);
        expect(clock.instantOf(clock.latestWall(at))).toBeLessThanOrEqual(at);
        expect(clock.instantOf(clock.latestWall(at) + 1)).toBeGreaterThan(at);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes a skipped reading right after the change', () => {
    const clock = zoneOf('Europe/Berlin');
    const change = Date.parse('2026-03-29T01:00Z');
    for (const reading of ['2026-03-29T02:00', '2026-03-29T02:30', '2026-03-29T02:59', '2026-03-29T03:00']) {
      expect(clock.instantOf(wall(reading))).toBe(change);
    }
    expect(clock.instantOf(wall('2026-03-29T01:59'))).toBe(change - 60_000);
    expect(clock.instantOf(wall('2026-03-29T03:01'))).toBe(change + 60_000);
  });

  it('has shown all of the hour that comes twice when it begins again', () => {
    const clock = zoneOf('Europe/Berlin');
    expect(clock.latestWall(Date.parse('2026-10-25T00:30Z'))).toBe(wall('2026-10-25T02:30'));
    expect(clock.latestWall(Date.parse('2026-10-25T01:00Z'))).toBe(wall('2026-10-25T03:00') - 1);
    expect(clock.latestWall(Date.parse('2026-10-25T01:59Z'))).toBe(wall('2026-10-25T03:00') - 1);
    expect(clock.latestWall(Date.parse('2026-10-25T02:00Z'))).toBe(wall('2026-10-25T03:00'));
  });

  it('throws for a zone that nobody keeps: config refuses it first', () => {
    expect(() => zoneOf('Mars/Olympus').offsetAt(0)).toThrow(RangeError);
  });
});
