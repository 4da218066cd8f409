import type { Timers } from '../domain/clock.ts';

/** Longest delay that `setTimeout` takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  after(delayMs, action) {
    let remainingMs = delayMs;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const partMs = Math.min(remainingMs, LONGEST_MS);
      remainingMs -= partMs;
      timer = setTimeout(remainingMs > 0 ? wait : action, partMs);
    };
    wait();
    return () => {
      clearTimeout(timer);
    };
  },
};
