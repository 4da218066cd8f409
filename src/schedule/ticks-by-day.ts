import { cronPattern } from './cron.ts';
import type { TickSource } from './ticks.ts';
import { zoneOf } from './zone.ts';

export interface TickWindow {
  readonly fromMs: number;
  readonly days: number;
}

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Moments in the window at which any of the schedules ticks. */
export function countTicks(schedules: readonly TickSource[], { fromMs, days }: TickWindow): number {
  const ticks = new Set<number>();
  for (const schedule of schedules)
    for (const tick of ticksByDay(schedule, fromMs, fromMs + days * DAY_MS)) ticks.add(tick);
  return ticks.size;
}

/**
 * As `ticksBetween`, a thousand times faster for dense schedules: the times of day are the same on
 * every day that matches, so each day costs one look at the pattern.
 */
export function* ticksByDay(schedule: TickSource, afterMs: number, untilMs: number): Generator<number> {
  const zone = zoneOf(schedule.timezone);
  const pattern = cronPattern(schedule.cron);
  let wallMs = pattern.after(startOfDay(zone.latestWall(afterMs)) - MINUTE_MS);
  if (wallMs === undefined) return;
  const times = timesOfDay(schedule, startOfDay(wallMs));
  while (wallMs !== undefined) {
    const dayMs = startOfDay(wallMs);
    for (const time of times) {
      const tick = zone.instantOf(dayMs + time);
      if (tick > untilMs) return;
      if (tick > afterMs) yield tick;
    }
    wallMs = pattern.after(dayMs + DAY_MS - MINUTE_MS);
  }
}

function timesOfDay(schedule: TickSource, dayMs: number): number[] {
  const pattern = cronPattern(schedule.cron);
  const times: number[] = [];
  let wallMs = pattern.after(dayMs - MINUTE_MS);
  while (wallMs !== undefined && wallMs < dayMs + DAY_MS) {
    times.push(wallMs - dayMs);
    wallMs = pattern.after(wallMs);
  }
  return times;
}

function startOfDay(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}
