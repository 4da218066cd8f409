import type { Command, CommandOutcome } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import type { Problems } from './problems.ts';
import { TAR_ENVIRONMENT } from './tar-tool.ts';

/**
 * Packs exactly the listed names, NUL-terminated and relative to `/`, without following anything. What
 * lies below `standIns` is stored as if that folder were `/`.
 */
export function createCommand(names: AsyncIterable<Uint8Array>, standIns?: string): Command {
  return {
    argv: [
      'tar',
      '--create',
      '--file=-',
      '--format=posix',
      // Times of access and change are no part of a restore; the default header name holds a process id.
      '--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f',
      '--xattrs',
      '--xattrs-include=*',
      '--acls',
      '--sparse',
      ...(standIns === undefined ? [] : [`--transform=s,^${asPattern(standIns)}/,,SH`]),
      '--no-recursion',
      '--no-unquote',
      '--quoting-style=escape',
      '--totals',
      '--directory=/',
      '--null',
      '--verbatim-files-from',
      '--files-from=-',
    ],
    env: TAR_ENVIRONMENT,
    stderrBytes: STDERR_BYTES,
    stdin: names,
  };
}

/** As a basic regular expression that stands between commas. */
function asPattern(text: string): string {
  return text.replace(/[\\.*[\]^$,]/g, '\\$&');
}

export interface Packed {
  readonly rawBytes: number;
  readonly exitCode: number;
  readonly completion: string;
}

/** Room for the names of about ten thousand files, which is as many as can be listed. */
const STDERR_BYTES = 4 * 1024 * 1024;
/** Near the end of that room names could be lost. */
const MOST_STDERR = STDERR_BYTES - 64 * 1024;

/**
 * What tar did, from its exit code and from every line that it wrote. A line that is not understood
 * is a failure when the exit code is not 0: exit code 2 also stands for harmless vanished files.
 */
export function judgeCreate(outcome: CommandOutcome, problems: Problems): Result<Packed> {
  const { exitCode, stderr } = outcome;
  if (exitCode === undefined) {
    return failed(sourceFailed(`tar was ended by ${outcome.signal ?? 'a signal'}`, stderr));
  }
  if (stderr.length > MOST_STDERR) {
    return failed(failure('SOURCE_CHANGED', 'more files changed or vanished than can be listed'));
  }
  const strange = stderr.split('\n').filter((line) => line !== '' && !isUnderstood(line, problems));
  if (exitCode > 2 || (exitCode !== 0 && strange.length > 0)) {
    return failed(unread(strange) ?? sourceFailed(`tar ended with exit code ${String(exitCode)}`, stderr));
  }
  const total = /^Total bytes written: (\d+)/m.exec(stderr)?.[1];
  if (total === undefined) return failed(failure('INCOMPLETE_OUTPUT', 'tar did not say how much it wrote'));
  return ok({ rawBytes: Number(total), exitCode, completion: 'tar --totals' });
}

function sourceFailed(message: string, toolOutput: string) {
  return failure('SOURCE_FAILED', message, { toolOutput: toolOutput.slice(-4096) });
}

function unread(lines: readonly string[]) {
  const denied = lines.filter((line) => /: (Cannot (open|read|stat)|Read error|Cannot readlink)/.test(line));
  if (denied.length === 0) return undefined;
  return failure('SOURCE_UNREADABLE', `tar could not read ${String(denied.length)} of the files`, {
    toolOutput: lines.slice(-20).join('\n'),
  });
}

/** Tar calls itself by the path that it was started by. */
const SELF = String.raw`^(?:\S*/)?tar: `;
const CHANGED = new RegExp(
  `${SELF}(.*): (?:file changed as we read it|File shrank by \\d+ bytes?; padding with zeros)$`,
);
const VANISHED = new RegExp(
  `${SELF}(.*): (?:Cannot (?:stat|open|readlink): (?:No such file or directory|Not a directory)` +
    `|File removed before we read it)$`,
);
const DENIED = new RegExp(`${SELF}(.*): Cannot open: (?:Permission denied|Operation not permitted)$`);
const ROUTINE = new RegExp(
  `^Total bytes written: \\d+|${SELF}Exiting with failure status due to previous errors$`,
);

function isUnderstood(line: string, problems: Problems): boolean {
  const changed = CHANGED.exec(line)?.[1];
  const vanished = VANISHED.exec(line)?.[1];
  const denied = DENIED.exec(line)?.[1];
  if (changed !== undefined) problems.add('changed', unescape(changed));
  if (vanished !== undefined) problems.add('vanished', unescape(vanished));
  if (denied !== undefined) problems.add('unreadable', unescape(denied));
  return (changed ?? vanished ?? denied) !== undefined || ROUTINE.test(line);
}

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Undoes `--quoting-style=escape`, in which every odd byte is a letter or three octal digits. */
function unescape(name: string): BytePath {
  return name.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (LETTERS[code] ?? code),
  );
}
