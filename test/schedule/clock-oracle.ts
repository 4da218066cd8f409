import { Temporal } from 'temporal-polyfill';

const MINUTE_MS = 60_000;

/**
 * Every tick in (fromMs, untilMs], found by watching the clock on the wall minute by minute: a
 * reading counts the first time that the clock reaches or passes it. Knows no cron library.
 */
export function watchClock(
  cron: string,
  timezone: string,
  window: { fromMs: number; untilMs: number },
): number[] {
  const matches = matcher(cron);
  const ticks: number[] = [];
  let seen = wallAt(timezone, window.fromMs - 2 * 86_400_000);
  for (let now = window.fromMs - 2 * 86_400_000; now <= window.untilMs; now += MINUTE_MS) {
    const wall = wallAt(timezone, now);
    let ticked = false;
    for (let reading = seen + MINUTE_MS; reading <= wall; reading += MINUTE_MS)
      ticked ||= matches(new Date(reading));
    if (ticked && now > window.fromMs) ticks.push(now);
    seen = Math.max(seen, wall);
  }
  return ticks;
}

const walls = new Map<string, number>();

function wallAt(timezone: string, instantMs: number): number {
  const key = `${timezone} ${String(instantMs)}`;
  const wall = walls.get(key) ?? readWall(timezone, instantMs);
  walls.set(key, wall);
  return wall;
}

function readWall(timezone: string, instantMs: number): number {
  const plain = Temporal.Instant.fromEpochMilliseconds(instantMs)
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime();
  return plain.toZonedDateTime('UTC').epochMilliseconds;
}

function matcher(cron: string): (wall: Date) => boolean {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.split(' ');
  return (wall) => {
    if (!fits(minute, wall.getUTCMinutes()) || !fits(hour, wall.getUTCHours())) return false;
    if (!fits(month, wall.getUTCMonth() + 1)) return false;
    const dayFits = fits(day, wall.getUTCDate());
    const weekdayFits =
      fits(weekday, wall.getUTCDay()) || (weekday !== '*' && wall.getUTCDay() === 0 && fits(weekday, 7));
    return day !== '*' && weekday !== '*' ? dayFits || weekdayFits : dayFits && weekdayFits;
  };
}

function fits(field: string, value: number): boolean {
  return field.split(',').some((part) => {
    const [range = '*', step = '1'] = part.split('/');
    const [low, high] = range === '*' ? [0, Infinity] : range.split('-').map(Number);
    const first = low ?? 0;
    return value >= first && value <= (high ?? first) && (value - first) % Number(step) === 0;
  });
}
