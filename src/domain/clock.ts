/** Wall time for schedules and records, monotonic time for durations. Injected, so tests own it. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never steps back. */
  monotonicMs(): number;
}

/** Waits, injected as the clock is. */
export interface Timers {
  /** Calls `action` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}
