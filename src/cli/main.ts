import { CommanderError } from 'commander';
import type { Io } from './action.ts';
import { EXIT_UNEXPECTED, EXIT_USAGE } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { tolerateClosedPipe } from './output.ts';

/** Parses the command line, runs one command and sets the exit code. A bug is reported once, here. */
export async function main(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    tolerateClosedPipe(stream, (error) => {
      throw error;
    });
  }
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
  };
  try {
    await createProgram(io).parseAsync(process.argv);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? usageExit(error) : reportBug(error, io);
  }
}

function usageExit(error: CommanderError): number {
  return error.exitCode === 0 ? 0 : EXIT_USAGE;
}

function reportBug(error: unknown, io: Io): number {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `backup-plan met a bug. Nothing after this point was done; what was committed before is safe.\n${detail}\n`,
  );
  return EXIT_UNEXPECTED;
}
