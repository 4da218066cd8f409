import type { Command, CommandOutcome, ToolRequirement, Tools } from '../../domain/command.ts';
import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';

export const sqliteTool: ToolRequirement = {
  tool: 'sqlite3',
  package: 'sqlite3',
  purpose: 'copy SQLite databases online and check them',
};

export type OpenMode = 'mode=ro' | 'mode=rw' | 'immutable=1';

/**
 * A sqlite3 call that reads no start-up file and stops at the first error. Each statement is one SQL
 * text or one dot-command; the database is a URI, so that opening never creates a file.
 */
export function sqliteCommand(uri: string, statements: readonly string[], busyTimeoutMs = 0): Command {
  const timeout = ['-cmd', `.timeout ${String(busyTimeoutMs)}`];
  return { argv: ['sqlite3', '-batch', '-bail', '-init', '/dev/null', ...timeout, uri, ...statements] };
}

/** Percent-encoding keeps names with `?`, `#`, `%`, quotes and newlines literal. */
export function databaseUri(absolutePath: string, mode: OpenMode): string {
  return `file:${encodeURI(absolutePath).replace(/[?#]/g, encodeURIComponent)}?${mode}`;
}

export async function sqliteVersion(tools: Tools, signal: AbortSignal): Promise<Result<string>> {
  const run = await tools.run({ argv: ['sqlite3', '--version'] }, { signal });
  if (!run.ok) return run;
  const version = /^\d+\.\d+\.\d+/.exec(run.value.stdout.toString('utf8'))?.[0];
  if (version === undefined) return failed(failure('TOOL_OUTPUT', 'sqlite3 --version prints no version'));
  return ok(version);
}

/** Before this release a checkpoint that races with a commit could corrupt a database in WAL mode. */
const WAL_FIX = [3, 51, 3] as const;

export function hasWalDefect(version: string): boolean {
  const parts = version.split('.').map(Number);
  const index = WAL_FIX.findIndex((wanted, at) => parts[at] !== wanted);
  return index !== -1 && (parts[index] ?? 0) < (WAL_FIX[index] ?? 0);
}

/** Says what a call of sqlite3 that ended badly was meant to do. */
export function sqliteFailure(code: FailureCode, doing: string, outcome: CommandOutcome): Failure {
  const { exitCode, signal, stderr } = outcome;
  const end = signal === undefined ? `exit code ${String(exitCode)}` : `killed by ${signal}`;
  const full = /database or disk is full|no space left/i.test(stderr);
  return failure(full ? 'TARGET_FULL' : code, `sqlite3 failed to ${doing} (${end})`, {
    ...(stderr === '' ? {} : { toolOutput: stderr }),
  });
}
