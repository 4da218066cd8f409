import type { Command, CommandOutcome } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { TAR_ENVIRONMENT } from './tar-tool.ts';

export interface Extraction {
  readonly staging: string;
  readonly asRoot: boolean;
  /** Owners by number; else by name, and by number where this machine does not know the name. */
  readonly numericOwner?: boolean;
  /** Files with names, each ended by NUL; absent = everything. */
  readonly lists?: { readonly exact: string; readonly below: string };
  /** Names, ended by NUL, of what is not to be made. */
  readonly leaveOut?: string;
}

export function extractCommand({ staging, asRoot, numericOwner, lists, leaveOut }: Extraction): Command {
  return {
    argv: [
      'tar',
      '--extract',
      '--file=-',
      ...(numericOwner === true ? ['--numeric-owner'] : []),
      '--xattrs',
      '--xattrs-include=*',
      '--acls',
      '--sparse',
      '--preserve-permissions',
      asRoot ? '--same-owner' : '--no-same-owner',
      '--delay-directory-restore',
      '--warning=no-timestamp',
      '--quoting-style=escape',
      '--totals',
      `--directory=${staging}`,
      ...(leaveOut === undefined
        ? []
        : ['--anchored', '--no-wildcards', '--null', `--exclude-from=${leaveOut}`]),
      ...(lists === undefined ? [] : selection(lists)),
    ],
    env: TAR_ENVIRONMENT,
  };
}

function selection({ exact, below }: { readonly exact: string; readonly below: string }): string[] {
  const literally = ['--no-unquote', '--anchored', '--no-wildcards', '--null', '--verbatim-files-from'];
  return [...literally, '--no-recursion', `--files-from=${exact}`, '--recursion', `--files-from=${below}`];
}

/** Lines that need no attention. */
const ROUTINE = /^(?:Total bytes read: \d+.*|)$/;

/** Says what tar complained about without failing. */
export function judgeExtract(outcome: CommandOutcome | undefined): Result<readonly string[]> {
  const exitCode = outcome?.exitCode;
  const stderr = outcome?.stderr ?? '';
  if (exitCode === 0 && !/^Total bytes read: \d+/m.test(stderr)) {
    return failed(failure('INCOMPLETE_OUTPUT', 'tar did not say how much it read'));
  }
  if (exitCode === 0) return ok(stderr.split('\n').filter((line) => !ROUTINE.test(line)));
  const how =
    exitCode === undefined
      ? `was ended by ${outcome?.signal ?? 'a signal'}`
      : `exit code ${String(exitCode)}`;
  const full = /No space left on device|Disk quota exceeded/.test(stderr);
  const toolOutput = stderr.slice(-4096);
  return failed(
    failure(full ? 'TARGET_FULL' : 'RESTORE_FAILED', `tar could not unpack the files: ${how}`, {
      toolOutput,
    }),
  );
}
