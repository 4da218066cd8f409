import type { Command, CommandOutcome } from '../../domain/command.ts';
import type { Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { TargetContext } from '../../domain/target.ts';
import type { Surroundings } from './configuration.ts';
import { exitFailure } from './exit-failure.ts';

/** rclone as one target calls it. An exit code other than 0 is a failure; NOT_FOUND is one of them. */
export interface Rclone {
  /** The whole output. */
  run(doing: string, args: readonly string[], options?: RunOptions): Promise<Result<Buffer>>;
  /** The output as it comes; what `consume` fails with ends it. */
  stream(doing: string, args: readonly string[], streaming: Streaming): Promise<Result<void>>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxOutputBytes?: number;
}

export interface Streaming {
  readonly signal?: AbortSignal | undefined;
  readonly consume: (bytes: AsyncIterable<Buffer>) => Promise<Result<void>>;
  /** What the program said on its output about why it failed. */
  readonly complaints?: () => string;
}

/** Each takes some 45 MB. Streams are not counted: one that waits for its reader must not stop the others. */
const PARALLEL_RUNS = 8;

/**
 * Attempts are repeated outside. Times are those of the store, where the protocol has them at all, and no
 * bucket is made on the way.
 */
const ALWAYS = [
  '--ask-password=false',
  '--retries=1',
  '--low-level-retries=3',
  '--contimeout=15s',
  '--timeout=1m',
  '--use-server-modtime',
  '--local-no-set-modtime',
  '--sftp-set-modtime=false',
];

export function createRclone({ name, tools, pipelines }: TargetContext, surroundings: Surroundings): Rclone {
  const inTurn = createTurns(PARALLEL_RUNS);
  const command = (args: readonly string[]): Command => ({
    argv: ['rclone', ...ALWAYS, ...args],
    ...surroundings,
  });
  const judge = (doing: string, outcome: CommandOutcome): Failure | undefined =>
    outcome.exitCode === 0 ? undefined : exitFailure(`target ${name}: ${doing}`, outcome);
  return {
    run: (doing, args, { signal, maxOutputBytes } = {}) =>
      inTurn(async () => {
        const ran = await tools.run(command(args), {
          ...(signal && { signal }),
          ...(maxOutputBytes !== undefined && { maxOutputBytes }),
        });
        if (!ran.ok) return ran;
        const why = judge(doing, ran.value);
        return why === undefined ? ok(ran.value.stdout) : failed(why);
      }),
    stream: async (doing, args, { signal, consume, complaints }) => {
      const ran = await pipelines.run({
        source: { kind: 'command', command: command(args) },
        stages: [],
        sink: { kind: 'bytes', consume },
        signal: signal ?? new AbortController().signal,
      });
      if (!ran.ok) return ran;
      const outcome = ran.value.source;
      if (outcome === undefined) throw new Error('a command source has an outcome');
      const stderr = [complaints?.() ?? '', outcome.stderr].filter((text) => text !== '').join('\n');
      const why = judge(doing, { ...outcome, stderr });
      return why === undefined ? ok() : failed(why);
    },
  };
}

function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
