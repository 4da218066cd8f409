import type { Command } from 'commander';

/** The process edge as values: what an action may touch of it. */
export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Does what a command line asks for and returns the exit code. */
export type Action<Options> = (args: readonly string[], options: Options, io: Io) => Promise<number>;

/** Loads the code of a command only when that command runs: start time is imports. */
export function lazily<Options>(
  command: Command,
  io: Io,
  load: () => Promise<{ readonly run: Action<Options> }>,
): Command {
  return command.action(async () => {
    const { run } = await load();
    process.exitCode = await run(command.args, command.optsWithGlobals<Options & object>(), io);
  });
}
