import type { PipelineStage, StageOutcome } from '../domain/pipeline.ts';

const COMMON = [
  'gpg',
  '--batch',
  '--no-tty',
  '--no-options',
  '--no-auto-key-locate',
  '--disable-dirmngr',
] as const;
const STATUS_FD = 3;
const SECRET_FD = 4;

/** `home` is private and empty: no keyring, no options and no agent have a say. */
export function gpgEncryptStage(home: string, recipientFiles: readonly string[]): PipelineStage {
  return {
    name: 'gpg',
    statusFd: STATUS_FD,
    command: {
      argv: [
        ...COMMON,
        ...['--homedir', home, '--status-fd', String(STATUS_FD), '--no-armor', '--trust-model', 'always'],
        ...['-z', '0', '--cipher-algo', 'AES256'],
        ...recipientFiles.flatMap((file) => ['--recipient-file', file]),
        '--encrypt',
      ],
    },
  };
}

/** Decrypts with a session key that is already known, so gpg needs neither a private key nor an agent. */
export function gpgDecryptStage(home: string, sessionKey: Uint8Array): PipelineStage {
  const text = `${AES256}:${Buffer.from(sessionKey).toString('hex').toUpperCase()}`;
  return {
    name: 'gpg',
    statusFd: STATUS_FD,
    secretInput: { fd: SECRET_FD, text },
    command: {
      argv: [
        ...COMMON,
        ...['--homedir', home, '--status-fd', String(STATUS_FD)],
        ...['--override-session-key-fd', String(SECRET_FD), '--decrypt'],
      ],
    },
  };
}

/** Cipher number of RFC 4880, 9.2. */
const AES256 = '9';

/** An exit code is no proof: it is 0 for some cut messages, and the status says OK before a full disk is met. */
export function provesEncryption(outcome: StageOutcome): boolean {
  return outcome.exitCode === 0 && count(outcome, 'END_ENCRYPTION') === 1;
}

export function provesDecryption(outcome: StageOutcome): boolean {
  return (
    outcome.exitCode === 0 &&
    count(outcome, 'DECRYPTION_OKAY') === 1 &&
    count(outcome, 'PLAINTEXT') === 1 &&
    count(outcome, 'GOODMDC') === 1 &&
    ['DECRYPTION_FAILED', 'BADMDC', 'NODATA', 'UNEXPECTED', 'ERROR', 'FAILURE'].every(
      (word) => count(outcome, word) === 0,
    )
  );
}

function count({ status = '' }: StageOutcome, word: string): number {
  return status
    .split('\n')
    .filter((line) => line === `[GNUPG:] ${word}` || line.startsWith(`[GNUPG:] ${word} `)).length;
}
