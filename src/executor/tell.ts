import type { RunEvent } from '../domain/events.ts';
import type { Run } from './run.ts';

/** Hands an event to the subscribers. An exception of theirs must not lose a running step. */
export function tell(run: Run, event: RunEvent): void {
  try {
    run.options.emit(event);
  } catch (error) {
    noteBug(run, error);
  }
}

export function noteBug(run: Run, error: unknown): void {
  run.bug ??= { error };
  run.halted ??= 'not started: an unexpected error ended the run';
}
