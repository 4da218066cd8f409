import { lastTick, nextTick, type TickSource } from '../schedule/ticks.ts';

/** Ticks as `schedule` computes them, each asked for once per planning call: many resources share a schedule. */
export interface TickMemory {
  last(schedule: TickSource, nowMs: number): number | undefined;
  next(schedule: TickSource, afterMs: number): number | undefined;
}

export function rememberTicks(): TickMemory {
  return { last: remember(lastTick), next: remember(nextTick) };
}

type TickFunction = (schedule: TickSource, ms: number) => number | undefined;

function remember(compute: TickFunction): TickFunction {
  const known = new Map<string, number | undefined>();
  return (schedule, ms) => {
    const key = `${schedule.timezone} ${schedule.cron} ${String(ms)}`;
    if (!known.has(key)) known.set(key, compute(schedule, ms));
    return known.get(key);
  };
}
