import { Temporal } from 'temporal-polyfill';

export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];

/** Numbers the periods of a zone's wall calendar: equal numbers, same period. Weeks are ISO weeks. */
export type Calendar = (period: Period, instantMs: number) => number;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1 January 1970 was a Thursday, three days into its ISO week. */
const DAYS_INTO_FIRST_WEEK = 3;

const calendars = new Map<string, Calendar>();

export function calendarOf(timezone: string): Calendar {
  let calendar = calendars.get(timezone);
  if (calendar === undefined) {
    calendar = createCalendar(timezone);
    calendars.set(timezone, calendar);
  }
  return calendar;
}

function createCalendar(timezone: string): Calendar {
  const offsetAt = rememberOffsets(timezone);
  return (period, instantMs) => {
    const wallMs = instantMs + offsetAt(instantMs);
    const day = Math.floor(wallMs / DAY_MS);
    switch (period) {
      case 'hourly':
        return Math.floor(wallMs / HOUR_MS);
      case 'daily':
        return day;
      case 'weekly':
        return Math.floor((day + DAYS_INTO_FIRST_WEEK) / 7);
      case 'monthly': {
        const date = new Date(wallMs);
        return date.getUTCFullYear() * 12 + date.getUTCMonth();
      }
      case 'yearly':
        return new Date(wallMs).getUTCFullYear();
    }
  };
}

/** Snapshots of many resources share their hours; an hour in which the clock changes is looked up each time. */
function rememberOffsets(timezone: string): (instantMs: number) => number {
  const byHour = new Map<number, number>();
  return (instantMs) => {
    const hour = Math.floor(instantMs / HOUR_MS);
    const known = byHour.get(hour);
    if (known !== undefined) return known;
    const first = offsetOf(timezone, hour * HOUR_MS);
    if (first !== offsetOf(timezone, (hour + 1) * HOUR_MS)) return offsetOf(timezone, instantMs);
    byHour.set(hour, first);
    return first;
  };
}

function offsetOf(timezone: string, instantMs: number): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timezone);
  return zoned.offsetNanoseconds / 1_000_000;
}
