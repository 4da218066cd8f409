import type { SFTPWrapper } from 'ssh2';
import type { Clock, Timers } from '../../domain/clock.ts';
import { ConnectionLost, Refusal, StatusError } from './refusal.ts';

export interface RequestSetup {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Why the connection below ended, once it has. */
  readonly reason: () => ConnectionLost;
  /** Ends the connection: the server takes requests and answers none. */
  readonly onSilence: () => void;
  readonly silenceMs: number;
}

/** An fsync may have to write gigabytes. */
const SLOW_FACTOR = 10;

/** Undefined where the answer carries nothing. */
export type Done<T> = (error: Error | null | undefined, value: T) => void;
type Send = <T>(path: string, start: (done: Done<T>) => void) => Promise<T>;

/** Requests of one session; each settles, whatever becomes of the connection. */
export interface Requests {
  readonly send: Send;
  readonly slow: Send;
  readonly isLost: () => boolean;
}

export function trackRequests(sftp: SFTPWrapper, setup: RequestSetup): Requests {
  const pending = new Set<(error: Error) => void>();
  const watch = watchSilence(setup, pending);
  let isLost = false;
  const lose = (): void => {
    isLost = true;
    for (const reject of [...pending]) reject(setup.reason());
  };
  for (const event of ['end', 'close', 'error']) sftp.on(event, lose);
  const sender =
    (factor: number): Send =>
    (path, start) =>
      new Promise((resolve, reject) => {
        if (isLost) {
          reject(setup.reason());
          return;
        }
        const settle = watch.begin(factor);
        const end = (error: Error): void => {
          if (!pending.delete(end)) return;
          settle();
          reject(error);
        };
        pending.add(end);
        start((error, value) => {
          if (error) {
            end(requestError(error, path, setup));
            return;
          }
          if (!pending.delete(end)) return;
          settle();
          resolve(value);
        });
      });
  return { send: sender(1), slow: sender(SLOW_FACTOR), isLost: () => isLost };
}

/** Only answers of the server carry a status. */
function requestError(error: Error & { readonly code?: unknown }, path: string, setup: RequestSetup): Error {
  if (typeof error.code === 'number') return new StatusError(error.code, path, error.message);
  if (error.message === 'No response from server') return setup.reason();
  return new Refusal('TARGET_IO', `the server breaks the protocol: ${error.message}`);
}

/** Ends the connection when requests wait and nothing at all is answered. */
function watchSilence(
  setup: RequestSetup,
  pending: ReadonlySet<unknown>,
): { begin(factor: number): () => void } {
  const { clock, timers, silenceMs, onSilence } = setup;
  let lastMs = 0;
  let slowRequests = 0;
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    if (pending.size === 0) return;
    const leftMs = lastMs + silenceMs * (slowRequests > 0 ? SLOW_FACTOR : 1) - clock.monotonicMs();
    if (leftMs <= 0) onSilence();
    else cancel = timers.after(leftMs, look);
  };
  return {
    begin: (factor) => {
      if (pending.size === 0) lastMs = clock.monotonicMs();
      if (factor > 1) slowRequests += 1;
      cancel ??= timers.after(silenceMs, look);
      return () => {
        lastMs = clock.monotonicMs();
        if (factor > 1) slowRequests -= 1;
        if (pending.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
  };
}
