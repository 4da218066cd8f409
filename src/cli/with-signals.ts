import type { Io } from './action.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitNow } from './exit-now.ts';
import { listenForSignals } from './signals.ts';

const INTERRUPTED: Readonly<Record<string, ExitCode>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Runs work that the first signal stops cleanly and the second at once. Work that was stopped ends
 * with the exit code of its signal, whatever it made of it; work that was done first keeps its own.
 */
export async function withSignals(io: Io, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const signals = listenForSignals(process);
  const exitCode = (): ExitCode => INTERRUPTED[String(signals.graceful.reason)] ?? 130;
  signals.forceful.addEventListener('abort', () => void exitNow(io, exitCode()));
  try {
    const ended = await work(signals.graceful);
    return signals.graceful.aborted && ended !== 0 ? exitCode() : ended;
  } finally {
    signals.release();
  }
}
