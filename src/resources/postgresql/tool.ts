import type { CommandOutcome, ToolRequirement, Tools } from '../../domain/command.ts';
import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';

export function requirement(tool: string, purpose: string): ToolRequirement {
  return { tool, package: 'postgresql-client', purpose };
}

/** `15.18` of a PostgreSQL program. */
export async function versionOf(tools: Tools, tool: string, signal: AbortSignal): Promise<Result<string>> {
  const run = await tools.run({ argv: [tool, '--version'] }, { signal });
  if (!run.ok) return run;
  const version = /\) (\d+(?:\.\d+)*\S*)/.exec(run.value.stdout.toString('utf8'))?.[1];
  if (version !== undefined) return ok(version);
  return failed(failure('TOOL_OUTPUT', `${tool} --version prints no version`));
}

/** An older client leaves out what it does not know, or breaks. */
export function checkClient(tool: string, client: string, server: string): Result<void> {
  const [ours, theirs] = [majorOf(client), majorOf(server)];
  if (ours >= theirs) return ok();
  const message = `${tool} ${client} is older than the server, ${server}`;
  return failed(failure('VERSION_SKEW', message, { facts: { client, server } }));
}

/** Comparable: 15 of `15.18`, 9.06 of `9.6.24`. */
export function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/\D+/).map(Number);
  return first >= 10 ? first : first + second / 100;
}

interface Reading {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly hint?: string;
}

/** What a tool says that reached no database; the first that fits counts. */
const CONNECTING: readonly Reading[] = [
  { pattern: /FATAL: +database "[^]*" does not exist/, code: 'SOURCE_MISSING' },
  {
    pattern:
      /FATAL: .*(authentication failed|role ".*"|no pg_hba\.conf entry|permission denied|not permitted to log in)|no password supplied/,
    code: 'SOURCE_DENIED',
  },
  { pattern: /connection to server .* failed|could not translate host name/, code: 'SOURCE_UNREACHABLE' },
  { pattern: /server version mismatch|unsupported version \(.*\) in file header/, code: 'VERSION_SKEW' },
];

/** What a tool says that cannot read what it should. */
const DUMPING: readonly Reading[] = [
  ...CONNECTING,
  {
    pattern: /row-level security policy/,
    code: 'SOURCE_UNREADABLE',
    hint: 'Row security hides rows from this role: connect as one that has BYPASSRLS or owns the tables.',
  },
  {
    pattern: /permission denied for/,
    code: 'SOURCE_UNREADABLE',
    hint: 'Grant the role pg_read_all_data, or exclude what it may not read.',
  },
  {
    pattern: /canceling statement due to (lock|statement) timeout/,
    code: 'TOOL_TIMEOUT',
    hint: 'Somebody held a lock for longer than lockTimeout: find who with pg_locks, or raise lockTimeout.',
  },
  {
    pattern: /no matching (tables|schemas|extensions) were found/,
    code: 'SOURCE_MISSING',
    hint: 'Correct the patterns under include.',
  },
];

/** What a tool says that cannot write what it should. */
const LOADING: readonly Reading[] = [
  ...CONNECTING,
  {
    pattern: /role ".*" does not exist/,
    code: 'RESTORE_FAILED',
    hint: 'Create the role first (`globals.sql` of a snapshot with globals has it), or say `restore: { noOwner: true, noPrivileges: true }`.',
  },
  {
    pattern: /because other objects depend on it/,
    code: 'RESTORE_FAILED',
    hint: 'Drop what depends on it and is not in the snapshot, then run the restore again.',
  },
  { pattern: /error: /, code: 'RESTORE_FAILED' },
];

/** Says what a tool that ended badly was meant to do, and why it could not. */
export function toolFailure(
  otherwise: 'SOURCE_FAILED' | 'RESTORE_FAILED',
  doing: string,
  outcome: CommandOutcome,
): Failure {
  const { exitCode, signal, stderr } = outcome;
  const end = signal === undefined ? `exit code ${String(exitCode)}` : `killed by ${signal}`;
  const readings = otherwise === 'SOURCE_FAILED' ? DUMPING : LOADING;
  const reading = readings.find(({ pattern }) => pattern.test(stderr));
  const line = stderr.split('\n').find((one) => reading?.pattern.test(one) === true);
  const why = line === undefined ? '' : `: ${line.trim().replace(/^\S+: (error: |detail: )?/, '')}`;
  return failure(reading?.code ?? otherwise, `${doing} failed (${end})${why}`, {
    ...(reading?.hint === undefined ? {} : { hint: reading.hint }),
    ...(stderr === '' ? {} : { toolOutput: stderr }),
  });
}
