import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarLines, type CalendarLine } from '../../src/schedule/render/calendar.ts';
import { parseCronFields } from '../../src/schedule/render/cron-fields.ts';
import { cronPattern } from '../../src/schedule/cron.ts';
import { ticksBetween } from '../../src/schedule/ticks.ts';
import { zoneOf } from '../../src/schedule/zone.ts';
import { NOW_MS, schedule } from './plans.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Casablanca',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];

const numbers = (min: number, max: number) =>
  fc.oneof(
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([a, b]) => `${String(Math.min(a, b))}-${String(Math.max(a, b))}`),
    fc.integer({ min: 2, max: Math.min(max, 9) }).map((step) => `*/${String(step)}`),
  );
const starOr = (field: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), fc.constant('*'), field);
const weekday = fc.oneof(numbers(0, 7), fc.constantFrom('MON', 'fri-SUN', 'SUN-TUE', 'TUE,THU', '5-7'));
const cron = fc
  .tuple(
    numbers(0, 59),
    starOr(numbers(0, 23)),
    starOr(numbers(1, 28)),
    starOr(numbers(1, 12)),
    starOr(weekday),
  )
  .map((fields) => fields.join(' '));

/** Whether a line, read as cron reads it, fires at a wall-clock minute. */
function fires(line: CalendarLine, wallMs: number): boolean {
  const at = new Date(wallMs);
  const { days, weekdays } = line;
  const byDay = days?.has(at.getUTCDate()) ?? false;
  const byWeekday = weekdays?.has(at.getUTCDay()) ?? false;
  return (
    line.minutes.includes(at.getUTCMinutes()) &&
    line.hours.includes(at.getUTCHours()) &&
    (line.months?.has(at.getUTCMonth() + 1) ?? true) &&
    ((days === undefined && weekdays === undefined) || byDay || byWeekday)
  );
}

/** The first firing at or after an instant, at most a day later. */
function firstFiring(lines: readonly CalendarLine[], timezone: string, fromMs: number): number | undefined {
  const zone = zoneOf(timezone);
  for (let at = fromMs; at < fromMs + DAY_MS; at += 60_000) {
    if (lines.some((line) => fires(line, at + zone.offsetAt(at)))) return at;
  }
  return undefined;
}

function* ticksAround(
  expression: string,
  timezone: string,
  fromMs: number,
  count: number,
): Generator<number> {
  let left = count;
  for (const tick of ticksBetween({ cron: expression, timezone }, fromMs, fromMs + 500 * DAY_MS)) {
    if (left === 0) return;
    left -= 1;
    yield tick;
  }
}

describe('the fields of a cron expression', () => {
  test('mean what the schedule means', () => {
    fc.assert(
      fc.property(cron, fc.integer({ min: 0, max: 700 }), (expression, day) => {
        const { minutes, hours, ...days } = parseCronFields(expression);
        const line = { ...days, minutes: [...minutes], hours: [...hours] };
        const fromMs = NOW_MS + day * DAY_MS;
        const next = cronPattern(expression).after(fromMs - 60_000);
        const untilMs = Math.min(next ?? Infinity, fromMs + 2 * DAY_MS);
        for (let at = fromMs; at < untilMs; at += 60_000) expect(fires(line, at)).toBe(false);
        if (next !== undefined) expect(fires(line, next)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('calendar lines', () => {
  test('fire at every tick, or within the hour that a clock change takes', () => {
    const start = fc.integer({ min: 0, max: 600 }).map((day) => NOW_MS + day * DAY_MS);
    fc.assert(
      fc.property(
        cron,
        fc.constantFrom(...ZONES),
        fc.constantFrom('UTC', 'Europe/Berlin'),
        start,
        (expression, zone, machine, fromMs) => {
          const lines = calendarLines([schedule(expression, { timezone: zone })], machine, NOW_MS);
          for (const tick of ticksAround(expression, zone, fromMs, 20)) {
            const late = (firstFiring(lines, machine, tick) ?? Infinity) - tick;
            expect(late).toBeLessThanOrEqual(isNearClockChange(tick, zone, machine) ? HOUR_MS : 0);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each(ZONES)('in the zone of the schedule are the ticks themselves: %s', (timezone) => {
    const lines = calendarLines([schedule('30 2 * * 1-5', { timezone })], timezone, NOW_MS);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ minutes: [30], hours: [2], weekdays: new Set([1, 2, 3, 4, 5]) });
  });

  test('fire for a tick that the clock skips', () => {
    const spring = Date.UTC(2027, 2, 28, 1);
    const lines = calendarLines([schedule('30 2 * * *', { timezone: 'Europe/Berlin' })], 'UTC', NOW_MS);
    const [tick] = ticksAround('30 2 * * *', 'Europe/Berlin', spring - HOUR_MS, 1);
    expect(tick).toBe(spring);
    expect(firstFiring(lines, 'UTC', spring)).toBe(spring + HOUR_MS / 2);
  });
});

function isNearClockChange(instantMs: number, ...zones: readonly string[]): boolean {
  return zones.some((timezone) => {
    const zone = zoneOf(timezone);
    return zone.offsetAt(instantMs - 2 * HOUR_MS) !== zone.offsetAt(instantMs + 2 * HOUR_MS);
  });
}
