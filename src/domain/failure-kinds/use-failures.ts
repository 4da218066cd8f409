import type { FailureKind } from './failure-kind.ts';

/** What can go wrong with keys, references, destinations and command lines. */
export const USE_FAILURES = {
  SECRET_UNREADABLE: {
    bp: 'BP6020',
    exit: 9,
    retryable: false,
    summary: 'a secret could not be resolved',
    remedy:
      'Provide the variable, file or command that the plan names. Files must be private (0600) and yours.',
  },
  RECIPIENT_UNUSABLE: {
    bp: 'BP6021',
    exit: 9,
    retryable: false,
    summary: 'a recipient key cannot be used for encryption',
    remedy: 'Replace the expired, revoked or unsuitable key file. Nothing is ever written unencrypted.',
  },
  NO_KEY: {
    bp: 'BP6022',
    exit: 9,
    retryable: false,
    summary: 'no private key at hand opens this bundle',
    remedy: 'Pass --key FILE with a private key of one of the recipients.',
  },
  BAD_PASSPHRASE: {
    bp: 'BP6023',
    exit: 9,
    retryable: false,
    summary: 'the passphrase does not unlock the private key',
    remedy: 'Check the file that --passphrase-file names.',
  },
  SIGNER_UNUSABLE: {
    bp: 'BP6024',
    exit: 9,
    retryable: false,
    summary: 'the signing key of this machine cannot be used',
    remedy:
      'signing.use must yield a private key whose public half is listed under signing.keys with the role that is needed.',
  },
  NOT_FOUND: {
    bp: 'BP6040',
    exit: 9,
    retryable: false,
    summary: 'no such resource, snapshot or path',
    remedy: 'Run `backup-plan list` to see what exists.',
  },
  DESTINATION_REFUSED: {
    bp: 'BP6041',
    exit: 8,
    retryable: false,
    summary: 'the destination of the restore is not empty or not usable',
    remedy: 'Choose a new or empty directory.',
  },
  UNSAFE_ENTRY: {
    bp: 'BP6042',
    exit: 8,
    retryable: false,
    summary: 'an archive entry would leave the destination',
    remedy: 'The snapshot was not restored. Inspect it with `backup-plan show --files`.',
  },
  RESTORE_UNSUPPORTED: {
    bp: 'BP6043',
    exit: 8,
    retryable: false,
    summary: 'this kind of snapshot cannot be restored in this way',
    remedy: 'Follow the hint of the message.',
  },
  RESTORE_FAILED: {
    bp: 'BP6044',
    exit: 3,
    retryable: false,
    summary: 'the restore tool failed',
    remedy: 'Nothing was put in place. Read the tool output that follows the message.',
  },
  INTERRUPTED: {
    bp: 'BP6050',
    exit: 130,
    retryable: false,
    summary: 'the run was interrupted',
    remedy: 'Run apply again; it continues with what is missing.',
  },
  NOTIFICATION_FAILED: {
    bp: 'BP6052',
    exit: 3,
    retryable: false,
    summary: 'a receiver of notifications did not take the message',
    remedy: 'The result of the run is not affected. Check the receiver, its address and its credentials.',
  },
  UPSTREAM_FAILED: {
    bp: 'BP6051',
    exit: 3,
    retryable: false,
    summary: 'a step that this one needs failed',
    remedy: 'Mend the first failure; this one follows from it.',
  },
  PLAN_INVALID: {
    bp: 'BP1000',
    exit: 10,
    retryable: false,
    summary: 'the plan is invalid',
    remedy: 'Run `backup-plan validate`.',
  },
  USAGE: {
    bp: 'BP6060',
    exit: 64,
    retryable: false,
    summary: 'the command line is not understood',
    remedy: 'Run the command with --help.',
  },
  UNSUPPORTED_PLATFORM: {
    bp: 'BP6061',
    exit: 9,
    retryable: false,
    summary: 'this platform lacks something that is needed',
    remedy: 'Follow the hint of the message.',
  },
} as const satisfies Record<string, FailureKind>;
