import type { Timers } from '../../src/domain/clock.ts';

export interface WorldTimers extends Timers {
  /** Does what is due by now, in the order in which it is. */
  fire(): void;
}

/** Timers that run by the time of a world. */
export function worldTimers(nowMs: () => number): WorldTimers {
  const waiting = new Set<{ readonly dueMs: number; readonly action: () => void }>();
  return {
    after: (delayMs, action) => {
      const timer = { dueMs: nowMs() + delayMs, action };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    fire: () => {
      const due = [...waiting].filter(({ dueMs }) => dueMs <= nowMs()).sort((a, b) => a.dueMs - b.dueMs);
      for (const timer of due) if (waiting.delete(timer)) timer.action();
    },
  };
}
