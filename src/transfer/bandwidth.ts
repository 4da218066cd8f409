import type { Clock, Timers } from '../domain/clock.ts';
import type { TransferOptions } from '../domain/target.ts';
import { pause } from './pause.ts';

/** Time that a late timer may make up for. */
const BURST_MS = 100;

/** What several transfers share: each takes what it is about to move, and waits for its turn. */
export interface Bandwidth {
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

/** For the options of one transfer, where there is a limit. */
export function paceBy(
  bandwidth: Bandwidth | undefined,
  signal?: AbortSignal,
): Pick<TransferOptions, 'pace'> {
  return bandwidth === undefined ? {} : { pace: (bytes) => bandwidth.take(bytes, signal) };
}

export function createBandwidth(
  bytesPerSecond: number,
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
): Bandwidth {
  let freeMs = -Infinity;
  return {
    take: async (bytes, signal) => {
      const nowMs = clock.monotonicMs();
      const startMs = Math.max(freeMs, nowMs - BURST_MS);
      freeMs = startMs + (bytes / bytesPerSecond) * 1000;
      if (startMs > nowMs) await pause(timers, startMs - nowMs, signal);
    },
  };
}
