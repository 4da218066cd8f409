import { backoffMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { FAILURE_KINDS, type Failure } from '../domain/failure.ts';
import { plainReason } from '../domain/plain-reason.ts';
import { failed, type Result } from '../domain/result.ts';
import { interruption } from './interruption.ts';
import { pause } from './pause.ts';
import type { ReliableSettings } from './settings.ts';

/** How long a target that has answered is waited for: longer than most outages, far shorter than a night. */
const KNOWN_MS = 5 * 60_000;
/** The same for one that has not answered yet; whoever lists snapshots should not wait for a dead one. */
const UNKNOWN_MS = 10_000;
/** One attempt with a target that has not answered yet, or was given up. */
const DOUBTFUL_ATTEMPT_MS = 30_000;
/** More than fit into `KNOWN_MS` at the usual pauses; holds where failures come fast. */
const MAX_ATTEMPTS = 40;
/** A store that is in trouble all the time is not told about all the time. */
const NOTE_EVERY_MS = 60_000;

/** How long one target is waited for, by what it did so far: shared by all that use it. */
export interface Patience {
  /** Repeats what fails in a way that passes. An operation that was given up says why it failed last. */
  persist<T>(attempt: () => Promise<Result<T>>, signal?: AbortSignal): Promise<Result<T>>;
  /** For what cannot be repeated as a whole. */
  begin(signal?: AbortSignal): Trial;
  /** How long one attempt may take. */
  attemptMs(): number;
}

/** One operation through all its attempts. */
export interface Trial {
  /** After the pause: undefined where it should be attempted again, else what it fails with. */
  weigh(why: Failure): Promise<Failure | undefined>;
  /** It has come further than ever; its time begins anew. */
  advanced(): void;
  succeeded(): void;
}

/**
 * `given-up`: an operation used up its time. Until the target answers again others get one attempt, so
 * that a dead target is waited for once, not by each of a hundred steps.
 */
type Standing = 'unknown' | 'answers' | 'given-up';

export function createPatience(target: string, settings: ReliableSettings): Patience {
  const { clock, timers, random, idleTimeoutMs } = settings;
  const outages = createOutages(target, settings);
  let standing: Standing = 'unknown';
  const mayWait = (sinceMs: number): number => {
    if (standing === 'given-up') return 0;
    return (standing === 'answers' ? KNOWN_MS : UNKNOWN_MS) - (clock.monotonicMs() - sinceMs);
  };
  const begin = (signal?: AbortSignal): Trial => {
    let failures = 0;
    let sinceMs = clock.monotonicMs();
    const answered = (): void => {
      if (failures > 0 || standing === 'given-up') outages.ended();
      standing = 'answers';
    };
    return {
      weigh: async (why) => {
        if (isAborted(signal)) return interruption(signal);
        if (!passes(why)) return why;
        failures += 1;
        const leftMs = mayWait(sinceMs);
        if (leftMs <= 0 || failures >= MAX_ATTEMPTS) {
          standing = 'given-up';
          return why;
        }
        outages.began(why);
        await pause(timers, Math.min(backoffMs(failures, random), leftMs), signal);
        return isAborted(signal) ? interruption(signal) : undefined;
      },
      advanced: () => {
        answered();
        failures = 0;
        sinceMs = clock.monotonicMs();
      },
      succeeded: answered,
    };
  };
  return {
    begin,
    persist: async (attempt, signal) => {
      const trial = begin(signal);
      for (;;) {
        const result = await attempt();
        if (result.ok) {
          trial.succeeded();
          return result;
        }
        const end = await trial.weigh(result.failure);
        if (end !== undefined) return failed(end);
      }
    },
    attemptMs: () => (standing === 'answers' ? idleTimeoutMs : Math.min(idleTimeoutMs, DOUBTFUL_ATTEMPT_MS)),
  };
}

/** A place that answers that it does not exist will not begin to. */
function passes({ code, facts }: Failure): boolean {
  return FAILURE_KINDS[code].retryable && facts?.['absent'] !== true;
}

function isAborted(signal: AbortSignal | undefined): signal is AbortSignal {
  return signal?.aborted === true;
}

interface Outages {
  began(why: Failure): void;
  ended(): void;
}

function createOutages(target: string, { clock, tell }: ReliableSettings): Outages {
  let toldMs: number | undefined;
  let isOver = true;
  return {
    began: ({ message }) => {
      const nowMs = clock.monotonicMs();
      if (!isOver || nowMs < (toldMs ?? -Infinity) + NOTE_EVERY_MS) return;
      toldMs = nowMs;
      isOver = false;
      tell?.({
        level: 'warning',
        message: `target ${target}: ${plainReason(target, message)}; trying again`,
      });
    },
    ended: () => {
      if (isOver || toldMs === undefined) return;
      isOver = true;
      const afterMs = clock.monotonicMs() - toldMs;
      tell?.({ level: 'info', message: `target ${target} answered again after ${formatDuration(afterMs)}` });
    },
  };
}
