import type { Result } from './result.ts';

/** A child process to run: argv, never a shell. Nothing of it is secret except `secretEnv`. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the allow-listed environment (PATH, private HOME, LANG=C.UTF-8, TZ=UTC). */
  readonly env?: Readonly<Record<string, string>>;
  /** As `env`; values are masked in all output. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  /** Bytes for the child's stdin, written with backpressure. Absent = /dev/null. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /**
   * Absolute paths of local files that stand as words of argv. Where the tool runs elsewhere they are
   * copied into a private folder there first, which is gone when the tool has ended.
   */
  readonly inputs?: readonly string[];
  readonly nice?: number;
  /** How much of the end of its stderr is kept in a pipeline, for one whose every line counts; 64 KiB where absent. */
  readonly stderrBytes?: number;
}

export interface CommandOutcome {
  /** Absent when a signal ended the child. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** Masked, at most the last 64 KiB or what the command asks for. */
  readonly stderr: string;
  readonly durationMs: number;
}

/** A short-lived tool run whose whole output is wanted in memory. */
export interface ToolRun extends CommandOutcome {
  readonly stdout: Buffer;
}

export interface ToolRunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** More output than this is a failure (TOOL_OUTPUT). Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

/** Runs tools in their own process group. Implemented in `platform`. */
export interface Tools {
  /**
   * Settles when the child has ended and its pipes are closed. A non-zero exit code is a value, not
   * a failure; failures are TOOL_MISSING, TOOL_TIMEOUT, TOOL_OUTPUT and INTERRUPTED.
   */
  run(command: Command, options?: ToolRunOptions): Promise<Result<ToolRun>>;
  /** Absolute path of an executable on PATH, or undefined. */
  find(tool: string): Promise<string | undefined>;
}

/** A tool that must exist before a run starts. */
export interface ToolRequirement {
  readonly tool: string;
  /** Debian package that brings it. */
  readonly package: string;
  /** Why it is needed, for `doctor`. */
  readonly purpose: string;
}
