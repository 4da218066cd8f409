import { DAY_MS, ticksByDay, type TickWindow } from './ticks-by-day.ts';
import { lastTick, nextTick, type TickSource } from './ticks.ts';
import { zoneOf } from './zone.ts';

export interface Gap {
  readonly gapMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** A clock set back lies in it and makes it longer than the wall clock says. */
  readonly clockChange: boolean;
}

/**
 * The longest time between two ticks that follow each other, of all schedules together. The window
 * is widened to the ticks around it. Undefined where nothing ever ticks.
 */
export function largestGap(schedules: readonly TickSource[], window: TickWindow): Gap | undefined {
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

function* allTicks(schedules: readonly TickSource[], window: TickWindow): Generator<number> {
  const untilMs = window.fromMs + window.days * DAY_MS;
  const before = schedules.map((schedule) => lastTick(schedule, window.fromMs) ?? -Infinity);
  const after = schedules.map((schedule) => nextTick(schedule, untilMs) ?? Infinity);
  const edges = [Math.max(...before), Math.min(...after)];
  yield* edges.filter(Number.isFinite);
  for (const schedule of schedules) yield* ticksByDay(schedule, window.fromMs, untilMs);
}
