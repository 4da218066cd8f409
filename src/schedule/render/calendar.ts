import type { Schedule } from '../../domain/plan.ts';
import { zoneOf } from '../zone.ts';
import { parseCronFields, type CronFields } from './cron-fields.ts';

/** Times of day on certain days; each hour goes with each minute. */
export interface CalendarLine extends Omit<CronFields, 'minutes' | 'hours'> {
  /** Sorted. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
}

const DAY_MINUTES = 1440;
const HOUR_MS = 3_600_000;
const HORIZON_HOURS = 2 * 366 * 24;

/**
 * Lines in the wall time of `timezone` that fire at every tick of the schedules. A tick in a zone
 * with clock changes gives one firing for each difference between the two zones in the next two
 * years, so some firings come an hour before or after a tick: `apply` finds nothing due at them. A
 * timer in the zone of the schedule itself would miss the ticks that a clock change skips.
 */
export function calendarLines(
  schedules: readonly Schedule[],
  timezone: string,
  nowMs: number,
): readonly CalendarLine[] {
  const lines = schedules.flatMap((schedule) => {
    const differences = differencesInMinutes(schedule.timezone, timezone, nowMs);
    return shiftedLines(parseCronFields(schedule.cron), differences);
  });
  return lines.filter(
    (line, index) => !lines.some((other, at) => at !== index && covers(other, line, at < index)),
  );
}

/** True where the zone's offset from UTC differs within the next two years. */
export function changesClock(timezone: string, nowMs: number): boolean {
  return differencesInMinutes(timezone, 'UTC', nowMs).length > 1;
}

/** What to take from the wall time of `from` to have that of `to`. */
function differencesInMinutes(from: string, to: string, nowMs: number): readonly number[] {
  const differences = new Set<number>();
  const [source, destination] = [zoneOf(from), zoneOf(to)];
  for (let hour = 0; hour <= HORIZON_HOURS; hour += 1) {
    const atMs = nowMs + hour * HOUR_MS;
    differences.add((source.offsetAt(atMs) - destination.offsetAt(atMs)) / 60_000);
  }
  return [...differences];
}

/** Days relative to the day of the schedule: the evening before, the day, the morning after. */
type DayShift = -1 | 0 | 1;

function shiftedLines(fields: CronFields, differences: readonly number[]): readonly CalendarLine[] {
  const times = new Map<DayShift, Set<number>>();
  for (const hour of fields.hours) {
    for (const minute of fields.minutes) {
      for (const difference of differences) {
        const time = hour * 60 + minute - difference;
        const shift = hasDays(fields) ? (Math.floor(time / DAY_MINUTES) as DayShift) : 0;
        times.set(shift, (times.get(shift) ?? new Set()).add((time + DAY_MINUTES) % DAY_MINUTES));
      }
    }
  }
  return [...times].flatMap(([shift, minutes]) => {
    const days = shiftDays(fields, shift);
    return groupTimes(minutes).map((time) => ({ ...time, ...days }));
  });
}

function hasDays({ days, months, weekdays }: CronFields): boolean {
  return days !== undefined || months !== undefined || weekdays !== undefined;
}

/** The neighbour of a day of the month depends on the month, so a shifted line drops such limits. */
function shiftDays(
  { days, months, weekdays }: CronFields,
  shift: DayShift,
): Omit<CronFields, 'minutes' | 'hours'> {
  if (shift === 0) return { days, months, weekdays };
  if (days !== undefined || weekdays === undefined)
    return { days: undefined, months: undefined, weekdays: undefined };
  return {
    days: undefined,
    months: undefined,
    weekdays: new Set([...weekdays].map((day) => (day + 7 + shift) % 7)),
  };
}

/** Hours that have the same minutes share a line. */
function groupTimes(times: ReadonlySet<number>): readonly Pick<CalendarLine, 'minutes' | 'hours'>[] {
  const minutesOfHour = new Map<number, number[]>();
  for (const time of [...times].sort((a, b) => a - b)) {
    const hour = Math.floor(time / 60);
    minutesOfHour.set(hour, [...(minutesOfHour.get(hour) ?? []), time % 60]);
  }
  const groups = new Map<string, { minutes: readonly number[]; hours: number[] }>();
  for (const [hour, minutes] of minutesOfHour) {
    const group = groups.get(minutes.join()) ?? { minutes, hours: [] };
    group.hours.push(hour);
    groups.set(minutes.join(), group);
  }
  return [...groups.values()];
}

/** True where `line` fires only when `other` does; of two equal lines only the earlier counts. */
function covers(other: CalendarLine, line: CalendarLine, isEarlier: boolean): boolean {
  return contains(other, line) && (isEarlier || !contains(line, other));
}

function contains(outer: CalendarLine, inner: CalendarLine): boolean {
  const within = (a: Iterable<number>, b: Iterable<number>) => {
    const set = new Set(a);
    return [...b].every((number) => set.has(number));
  };
  return (
    within(outer.minutes, inner.minutes) &&
    within(outer.hours, inner.hours) &&
    (outer.months === undefined || (inner.months !== undefined && within(outer.months, inner.months))) &&
    containsDays(outer, inner, within)
  );
}

function containsDays(
  outer: CalendarLine,
  inner: CalendarLine,
  within: (a: Iterable<number>, b: Iterable<number>) => boolean,
): boolean {
  if (outer.days === undefined && outer.weekdays === undefined) return true;
  if (inner.days === undefined && inner.weekdays === undefined) return false;
  return within(outer.days ?? [], inner.days ?? []) && within(outer.weekdays ?? [], inner.weekdays ?? []);
}
