import type { Schedule } from '../domain/plan.ts';
import { cronPattern } from './cron.ts';
import { zoneOf } from './zone.ts';

/** The part of a schedule that decides when it ticks. */
export type TickSource = Pick<Schedule, 'cron' | 'timezone'>;

/**
 * Each wall-clock reading that matches ticks once: one that a clock change skips, right after the
 * change; one that comes twice, the first time.
 */
export function lastTick(schedule: TickSource, nowMs: number): number | undefined {
  const zone = zoneOf(schedule.timezone);
  const wallMs = cronPattern(schedule.cron).atOrBefore(zone.latestWall(nowMs));
  return wallMs === undefined ? undefined : zone.instantOf(wallMs);
}

/** The first tick strictly after `afterMs`. */
export function nextTick(schedule: TickSource, afterMs: number): number | undefined {
  const zone = zoneOf(schedule.timezone);
  const wallMs = cronPattern(schedule.cron).after(zone.latestWall(afterMs));
  return wallMs === undefined ? undefined : zone.instantOf(wallMs);
}

/** Every tick after `afterMs` up to and including `untilMs`, oldest first. */
export function* ticksBetween(schedule: TickSource, afterMs: number, untilMs: number): Generator<number> {
  let tick = nextTick(schedule, afterMs);
  while (tick !== undefined && tick <= untilMs) {
    yield tick;
    tick = nextTick(schedule, tick);
  }
}
