import type { CommandOutcome } from '../../domain/command.ts';
import { FAILURE_KINDS, failure, type Failure, type FailureCode } from '../../domain/failure.ts';

/** NOT_FOUND where rclone says so by its exit code; everything else by its words, then by its exit code. */
export function exitFailure(doing: string, outcome: CommandOutcome): Failure {
  const { exitCode, signal, stderr } = outcome;
  const code = codeOf(outcome);
  const end = signal === undefined ? `exit code ${String(exitCode)}` : `killed by ${signal}`;
  return failure(code, `${doing}: ${WORDS[code] ?? 'rclone failed'} (rclone: ${end})`, {
    ...(stderr === '' ? {} : { toolOutput: stderr }),
    ...(HINTS[code] === undefined ? {} : { hint: HINTS[code] }),
    facts: exitCode === undefined ? {} : { exitCode },
  });
}

/** https://rclone.org/docs/#exit-code */
const EXIT_CODES: Readonly<Record<number, FailureCode>> = {
  3: 'NOT_FOUND',
  4: 'NOT_FOUND',
  5: 'TARGET_UNREACHABLE',
  6: 'TARGET_DENIED',
  7: 'TARGET_DENIED',
  8: 'TARGET_FULL',
  9: 'TARGET_IO',
  10: 'TARGET_TIMEOUT',
};
/** rclone itself says that a further attempt is useless. */
const HOPELESS: ReadonlySet<number | undefined> = new Set([6, 7]);
const TEMPORARY = 5;

const TEXTS: readonly (readonly [RegExp, FailureCode])[] = [
  [
    /no space left|storageQuotaExceeded|disk quota exceeded|insufficient.?(storage|space)|\b507 /i,
    'TARGET_FULL',
  ],
  [/knownhosts:|host key|x509:|certificate/i, 'TARGET_UNTRUSTED'],
  [
    /InvalidAccessKeyId|SignatureDoesNotMatch|unable to authenticate|invalid_grant|invalid_client|ExpiredToken|401 Unauthorized|StatusCode: 401|decrypt config/i,
    'TARGET_AUTH',
  ],
  [/access ?denied|permission denied|403 Forbidden|StatusCode: 403|read-only file system/i, 'TARGET_DENIED'],
  [/unknown (shorthand )?flag|unknown command/i, 'TOOL_OUTPUT'],
  [
    /connection refused|no such host|no route to host|network is unreachable|i\/o timeout|connection reset|couldn't connect|unexpected EOF|handshake timeout|deadline exceeded/i,
    'TARGET_UNREACHABLE',
  ],
];

/** What a store says about a moment's overload can look like a refusal. */
const BELIEVED_WHEN_TEMPORARY: ReadonlySet<FailureCode> = new Set([
  'TARGET_FULL',
  'TARGET_UNTRUSTED',
  'TARGET_AUTH',
]);

function codeOf({ exitCode, stderr }: CommandOutcome): FailureCode {
  const byExit = EXIT_CODES[exitCode ?? -1] ?? 'TARGET_IO';
  if (byExit === 'NOT_FOUND') return byExit;
  const byText = TEXTS.find(([text]) => text.test(stderr))?.[1];
  if (byText === undefined) return byExit;
  if (exitCode === TEMPORARY) return BELIEVED_WHEN_TEMPORARY.has(byText) ? byText : byExit;
  return HOPELESS.has(exitCode) && FAILURE_KINDS[byText].retryable ? byExit : byText;
}

const WORDS: Partial<Record<FailureCode, string>> = {
  NOT_FOUND: 'not found',
  TARGET_FULL: 'no space left',
  TARGET_UNTRUSTED: 'the store could not prove who it is',
  TARGET_AUTH: 'the credentials are not accepted',
  TARGET_DENIED: 'refused',
  TARGET_UNREACHABLE: 'the store cannot be reached',
  TARGET_TIMEOUT: 'the store does not answer',
};

const HINTS: Partial<Record<FailureCode, string>> = {
  TARGET_AUTH:
    'Check the remote with `rclone config`; tokens are renewed by `rclone config reconnect NAME:`.',
  TOOL_OUTPUT: 'This rclone is too old: 1.57 or newer is needed.',
};
