import type { CliResult } from './cli.ts';
import type { RunOptions } from './workspace.ts';

/** Calls by which the files of a target come into being and go. */
export type FileCall = 'link' | 'rename' | 'fsync' | 'unlink' | 'mkdir' | 'rmdir';

/**
 * Lets the n-th of these calls kill the program, or fail. One thread does all file work, so that
 * the calls have an order; calls of the tools are counted apart.
 */
export function disturbed(
  calls: readonly FileCall[],
  n: number,
  fault: 'KILL' | 'EIO' | 'ENOSPC',
): RunOptions {
  const effect = fault === 'KILL' ? 'signal=KILL' : `error=${fault}`;
  const list = calls.join(',');
  return {
    env: { UV_THREADPOOL_SIZE: '1' },
    under: [
      // Not with --seccomp-bpf: it loses count.
      ...['strace', '-f', '-qq', '-o', '/dev/null'],
      ...['-e', `trace=${list}`, '-e', `inject=${list}:${effect}:when=${String(n)}`],
    ],
  };
}

export function wasKilled({ signal, exitCode }: CliResult): boolean {
  return signal === 'SIGKILL' || exitCode === 137;
}
