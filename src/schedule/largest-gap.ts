import { cronPattern } from './cron.ts';
import { lastTick, nextTick, type TickSource } from './ticks.ts';
import { zoneOf } from './zone.ts';

export interface Gap {
  readonly gapMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** A clock set back lies in it and makes it longer than the wall clock says. */
  readonly clockChange: boolean;
}

export interface GapWindow {
  readonly fromMs: number;
  readonly days: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The longest time between two ticks that follow each other, of all schedules together. The window
 * is widened to the ticks around it. Undefined where nothing ever ticks.
 */
export function largestGap(schedules: readonly TickSource[], window: GapWindow): Gap | undefined {
  const ticks = Float64Array.from(allTicks(schedules, window)).sort();
  let longest = 0;
  for (let index = 1; index < ticks.length; index += 1) {
    if (gapBefore(ticks, index) > gapBefore(ticks, longest)) longest = index;
  }
  const fromMs = ticks[longest - 1];
  const toMs = ticks[longest];
  if (fromMs === undefined || toMs === undefined) return undefined;
  const clockChange = schedules.some(({ timezone }) => isSetBack(timezone, fromMs, toMs));
  return { gapMs: toMs - fromMs, fromMs, toMs, clockChange };
}

function gapBefore(ticks: Float64Array, index: number): number {
  return (ticks[index] ?? 0) - (ticks[index - 1] ?? ticks[index] ?? 0);
}

function isSetBack(timezone: string, fromMs: number, toMs: number): boolean {
  const zone = zoneOf(timezone);
  return zone.offsetAt(toMs) < zone.offsetAt(fromMs);
}

function* allTicks(schedules: readonly TickSource[], window: GapWindow): Generator<number> {
  const untilMs = window.fromMs + window.days * DAY_MS;
  const before = schedules.map((schedule) => lastTick(schedule, window.fromMs) ?? -Infinity);
  const after = schedules.map((schedule) => nextTick(schedule, untilMs) ?? Infinity);
  const edges = [Math.max(...before), Math.min(...after)];
  yield* edges.filter(Number.isFinite);
  for (const schedule of schedules) yield* ticksByDay(schedule, window.fromMs, untilMs);
}

/**
 * As `ticksBetween`, a thousand times faster for dense schedules: the times of day are the same on
 * every day that matches, so each day costs one look at the pattern.
 */
function* ticksByDay(schedule: TickSource, afterMs: number, untilMs: number): Generator<number> {
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
