/** A five-field cron expression as sets of numbers; `undefined` means every one. */
export interface CronFields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number> | undefined;
  readonly months: ReadonlySet<number> | undefined;
  /** 0 is Sunday. Where `days` is there too, a date that is in either of them matches. */
  readonly weekdays: ReadonlySet<number> | undefined;
}

interface FieldRange {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: FieldRange = { min: 0, max: 59 };
const HOUR: FieldRange = { min: 0, max: 23 };
const DAY: FieldRange = { min: 1, max: 31 };
const MONTH: FieldRange = {
  min: 1,
  max: 12,
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
};
const WEEKDAY: FieldRange = { min: 0, max: 7, names: 'SUN MON TUE WED THU FRI SAT'.split(' ') };

/** `cron` is one that `validateCron` accepts. */
export function parseCronFields(cron: string): CronFields {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.trim().split(/\s+/);
  const days = parseField(day, DAY);
  const weekdays = new Set([...parseField(weekday, WEEKDAY)].map((number) => number % 7));
  const everyDay = isUnrestricted(day, days.size === 31, weekday, weekdays.size === 7);
  const months = parseField(month, MONTH);
  return {
    minutes: parseField(minute, MINUTE),
    hours: parseField(hour, HOUR),
    days: everyDay || day === '*' ? undefined : days,
    months: months.size === 12 ? undefined : months,
    weekdays: everyDay || weekday === '*' ? undefined : weekdays,
  };
}

/** Day and weekday are joined by "or" as soon as neither is a plain star. */
function isUnrestricted(day: string, allDays: boolean, weekday: string, allWeekdays: boolean): boolean {
  if (day === '*') return allWeekdays;
  return allDays || (weekday !== '*' && allWeekdays);
}

function parseField(text: string, range: FieldRange): Set<number> {
  return new Set(text.split(',').flatMap((part) => parsePart(part, range)));
}

function parsePart(part: string, range: FieldRange): number[] {
  const [span = '', step = '1'] = part.split('/');
  const [from, to] = parseSpan(span, range);
  const numbers: number[] = [];
  for (let number = from; number <= to; number += Number(step)) numbers.push(number);
  return numbers;
}

function parseSpan(span: string, range: FieldRange): readonly [number, number] {
  if (span === '*') return [range.min, range.max];
  const [first = '', last = first] = span.split('-');
  const from = parseNumber(first, range);
  const to = parseNumber(last, range);
  // `FRI-SUN` ends on the Sunday that closes the week.
  return [from, to < from && to === 0 ? 7 : to];
}

function parseNumber(text: string, { min, names = [] }: FieldRange): number {
  const index = names.indexOf(text.toUpperCase());
  return index === -1 ? Number(text) : min + index;
}
