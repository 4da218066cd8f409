import type { Failure } from '../domain/failure.ts';
import { failed, type Result } from '../domain/result.ts';
import { interruption } from './interruption.ts';
import type { Way } from './settings.ts';
import { silence } from './time-limit.ts';

/** An adapter that does not come to its end this long after the signal is left alone. */
const GRACE_MS = 10_000;

/** Ends a transfer of which nothing moves. */
export interface Watch {
  /** For the adapter: aborted by the caller, or where nothing moved for too long. */
  readonly signal: AbortSignal;
  moved(): void;
  /** A wait that is not the target's. */
  aside(wait: Promise<void>): Promise<void>;
  /**
   * What the work says; TARGET_TIMEOUT where nothing moved. It settles soon after either end, whatever
   * the adapter does. One at a time.
   */
  guard<T>(work: (signal: AbortSignal) => Promise<Result<T>>): Promise<Result<T>>;
  /** The caller's signal is no longer listened to. */
  end(): void;
}

export function createWatch({ target, settings, patience }: Way, outer?: AbortSignal): Watch {
  const { clock, timers } = settings;
  const limitMs = patience.attemptMs();
  const controller = new AbortController();
  let movedMs = 0;
  let waiting = 0;
  const pass = (): void => {
    if (outer !== undefined) controller.abort(interruption(outer));
  };
  if (outer?.aborted === true) pass();
  outer?.addEventListener('abort', pass, { once: true });
  const moved = (): void => {
    movedMs = clock.monotonicMs();
  };
  const leftMs = (): number => (waiting > 0 ? limitMs : movedMs + limitMs - clock.monotonicMs());
  return {
    signal: controller.signal,
    moved,
    aside: async (wait) => {
      waiting += 1;
      await wait;
      waiting -= 1;
      moved();
    },
    guard: (work) => {
      moved();
      return guarded(work, { timers, controller, leftMs, why: silence({ target: target.name, limitMs }) });
    },
    end: () => {
      outer?.removeEventListener('abort', pass);
    },
  };
}

interface Guarding {
  readonly timers: Way['settings']['timers'];
  readonly controller: AbortController;
  readonly leftMs: () => number;
  readonly why: Failure;
}

function guarded<T>(
  work: (signal: AbortSignal) => Promise<Result<T>>,
  { timers, controller, leftMs, why }: Guarding,
): Promise<Result<T>> {
  const { signal } = controller;
  return new Promise((resolve, reject) => {
    let cancel: () => void;
    const look = (): void => {
      const left = leftMs();
      if (left > 0) cancel = timers.after(left, look);
      else controller.abort(why);
    };
    const leave = (): void => {
      cancel();
      cancel = timers.after(GRACE_MS, () => {
        settle(failed(interruption(signal)));
      });
    };
    const leaveOff = (): void => {
      cancel();
      signal.removeEventListener('abort', leave);
    };
    const settle = (result: Result<T>): void => {
      leaveOff();
      resolve(signal.aborted && !result.ok ? failed(interruption(signal)) : result);
    };
    cancel = timers.after(leftMs(), look);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    work(signal).then(settle, (error: unknown) => {
      leaveOff();
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
