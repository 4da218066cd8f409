import type { Clock, Timers } from '../../domain/clock.ts';
import type { EventSink } from '../../domain/events.ts';

/** Shows a run. Never throws for what an event contains. */
export interface RunView {
  readonly onEvent: EventSink;
  /** Ends the display, also of a run that broke off; settles when everything is written. */
  close(): Promise<void>;
}

export type RunViewKind = 'human' | 'plain' | 'json';

/** Data goes to stdout, progress and diagnostics to stderr. */
export interface RunViewIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Stderr is a terminal on which the cursor can be moved. */
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  /** Height of the terminal, where known. */
  readonly rows?: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Settles when what was written so far has been handed to the system. */
export function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
