type SignalName = 'SIGINT' | 'SIGTERM';

/** As much of `process` as this needs. */
export interface SignalSource {
  on(name: SignalName, listener: (name: SignalName) => void): unknown;
  off(name: SignalName, listener: (name: SignalName) => void): unknown;
}

export interface StopRequests {
  /** Aborted by the first signal, with its name as reason. */
  readonly graceful: AbortSignal;
  /** Aborted by the second one. */
  readonly forceful: AbortSignal;
  /** Stops listening: the signals have their default action again. */
  readonly release: () => void;
}

/**
 * Turns SIGINT and SIGTERM into stop requests: the first asks to finish cleanly, the second to stop
 * at once. A third finds no listener and kills the process.
 */
export function listenForSignals(source: SignalSource): StopRequests {
  const graceful = new AbortController();
  const forceful = new AbortController();
  const onSignal = (name: SignalName): void => {
    if (!graceful.signal.aborted) {
      graceful.abort(name);
    } else {
      release();
      forceful.abort(name);
    }
  };
  const release = (): void => {
    source.off('SIGINT', onSignal);
    source.off('SIGTERM', onSignal);
  };
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  return { graceful: graceful.signal, forceful: forceful.signal, release };
}
