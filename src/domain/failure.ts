/**
 * Every failure that a run can meet, as a closed table. Exit codes are those of the command line's
 * documentation; `retryable` says that the same attempt may succeed a moment later.
 */
interface FailureKind {
  readonly bp: `BP${number}`;
  readonly exit: number;
  readonly retryable: boolean;
  /** One fixed sentence without user data. */
  readonly summary: string;
  /** What to do, in sentences. */
  readonly remedy: string;
}

export const FAILURE_KINDS = {
  SOURCE_FAILED: {
    bp: 'BP6001',
    exit: 3,
    retryable: true,
    summary: 'the tool that reads the source failed',
    remedy: 'Read the tool output that follows the message, mend the cause and run apply again. Nothing was committed.',
  },
  INCOMPLETE_OUTPUT: {
    bp: 'BP6002',
    exit: 3,
    retryable: true,
    summary: 'the tool ended without the proof that its output is complete',
    remedy: 'An exit code of 0 is not enough: the completion marker, size or check named in the message was missing. Run the tool by hand and compare its output.',
  },
  SOURCE_EMPTY: {
    bp: 'BP6003',
    exit: 3,
    retryable: false,
    summary: 'the source is empty or much smaller than last time',
    remedy: 'Check that the source is mounted and complete. If the drop is meant, raise source.maxDrop or set source.allowEmpty.',
  },
  SOURCE_MISSING: {
    bp: 'BP6004',
    exit: 3,
    retryable: false,
    summary: 'a path or database named in the plan does not exist',
    remedy: 'Create it, correct the plan, or list the path under optional.',
  },
  SOURCE_CHANGED: {
    bp: 'BP6005',
    exit: 3,
    retryable: true,
    summary: 'the source changed while it was read',
    remedy: 'Stop or quiesce the writer with hooks, or set onFileChange to warn or retry.',
  },
  SOURCE_UNREADABLE: {
    bp: 'BP6006',
    exit: 3,
    retryable: false,
    summary: 'part of the source could not be read',
    remedy: 'Run as a user that may read it, exclude it, or allow it explicitly.',
  },
  SOURCE_CORRUPT: {
    bp: 'BP6007',
    exit: 3,
    retryable: false,
    summary: 'the source failed its own integrity check',
    remedy: 'Restore the newest good snapshot beside the source and compare before anything else.',
  },
  SOURCE_UNSUPPORTED: {
    bp: 'BP6008',
    exit: 3,
    retryable: false,
    summary: 'the source cannot be captured in the way the plan asks for',
    remedy: 'Follow the hint of the message.',
  },
  TOOL_MISSING: {
    bp: 'BP6010',
    exit: 9,
    retryable: false,
    summary: 'a tool that the plan needs is not installed or cannot be executed',
    remedy: 'Install the package that the message names. `backup-plan doctor` lists every tool.',
  },
  TOOL_TIMEOUT: {
    bp: 'BP6011',
    exit: 3,
    retryable: true,
    summary: 'a tool was silent or ran for too long and was stopped',
    remedy: 'Raise limits.timeout or limits.idleTimeout if the duration is normal.',
  },
  TOOL_OUTPUT: {
    bp: 'BP6012',
    exit: 3,
    retryable: false,
    summary: 'a tool answered in a form that is not understood',
    remedy: 'Compare the tool version with the ones that the documentation names.',
  },
  SIZE_LIMIT: {
    bp: 'BP6013',
    exit: 3,
    retryable: false,
    summary: 'the output grew beyond limits.maxSize',
    remedy: 'Find out why the source grew, then raise limits.maxSize.',
  },
  HOOK_FAILED: {
    bp: 'BP6014',
    exit: 3,
    retryable: false,
    summary: 'a hook failed',
    remedy: 'The after hooks ran all the same. Run the hook by hand and mend it.',
  },
  STAGE_FAILED: {
    bp: 'BP6015',
    exit: 3,
    retryable: true,
    summary: 'compression or encryption failed',
    remedy: 'Nothing was committed. Read the tool output that follows the message.',
  },
  SECRET_UNREADABLE: {
    bp: 'BP6020',
    exit: 9,
    retryable: false,
    summary: 'a secret could not be resolved',
    remedy: 'Provide the variable, file or command that the plan names. Files must be private (0600) and yours.',
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
    remedy: 'signing.use must yield a private key whose public half is listed under signing.keys with the role that is needed.',
  },
  CORRUPT: {
    bp: 'BP6030',
    exit: 5,
    retryable: false,
    summary: 'stored data does not match its signed record',
    remedy: 'Restore from another copy or another snapshot, and find out what damaged the target.',
  },
  TRUNCATED: {
    bp: 'BP6031',
    exit: 5,
    retryable: true,
    summary: 'stored data ends early',
    remedy: 'Restore from another copy or another snapshot, and find out what damaged the target.',
  },
  RECORD_REJECTED: {
    bp: 'BP6032',
    exit: 5,
    retryable: false,
    summary: 'a record is unsigned, wrongly signed or in the wrong place',
    remedy: 'Treat the target as tampered with until you know why.',
  },
  CATALOG_GAP: {
    bp: 'BP6033',
    exit: 5,
    retryable: false,
    summary: 'the catalog misses records that other records name',
    remedy: 'Find out who removed them. Nothing is pruned while there is a gap.',
  },
  CHECK_FAILED: {
    bp: 'BP6034',
    exit: 5,
    retryable: false,
    summary: 'a check after the restore failed',
    remedy: 'Read the output of the check.',
  },
  TARGET_UNREACHABLE: {
    bp: 'BP5001',
    exit: 9,
    retryable: true,
    summary: 'a target cannot be reached',
    remedy: 'Check the path or network and the permissions, then run again.',
  },
  TARGET_FULL: {
    bp: 'BP5002',
    exit: 3,
    retryable: false,
    summary: 'a target or the scratch space is full',
    remedy: 'Free space. Old snapshots are untouched.',
  },
  TARGET_DENIED: {
    bp: 'BP5003',
    exit: 9,
    retryable: false,
    summary: 'a target refused an operation',
    remedy: 'Check owner, mode and mount options of the path in the message.',
  },
  TARGET_NOT_OURS: {
    bp: 'BP5004',
    exit: 8,
    retryable: false,
    summary: 'a target has no valid marker of this repository',
    remedy: 'A missing mount is the usual cause. If the place is right and really new, run apply with --init-target NAME.',
  },
  TARGET_UNSAFE: {
    bp: 'BP5005',
    exit: 8,
    retryable: false,
    summary: 'a target has a symbolic link or foreign owner where a private directory is needed',
    remedy: 'Remove the planted entry named in the message.',
  },
  TARGET_IO: {
    bp: 'BP5006',
    exit: 3,
    retryable: true,
    summary: 'a target failed while it was written or read',
    remedy: 'Check the health of the disk, then run again.',
  },
  TARGET_CONFLICT: {
    bp: 'BP5007',
    exit: 3,
    retryable: false,
    summary: 'an object with this name and other content exists',
    remedy: 'Nothing was overwritten. Find out who else writes to this target.',
  },
  TARGET_FORMAT: {
    bp: 'BP5008',
    exit: 9,
    retryable: false,
    summary: 'the target was written by a newer release',
    remedy: 'Upgrade backup-plan. An older release never writes to a newer repository.',
  },
  LOCKED: {
    bp: 'BP5010',
    exit: 7,
    retryable: false,
    summary: 'another run holds the lock',
    remedy: 'Wait for it, or pass --wait.',
  },
  LOG_UNREADABLE: {
    bp: 'BP5011',
    exit: 9,
    retryable: false,
    summary: 'the applied-plan log cannot be read',
    remedy: 'Backups still run under the plan file; policy changes and deletions wait until the log can be read.',
  },
  APPROVAL_MISSING: {
    bp: 'BP5012',
    exit: 12,
    retryable: false,
    summary: 'the plan differs from the applied one and nobody approved the change',
    remedy: 'Review `backup-plan plan`, then run apply --yes, or apply --expect DIGEST in CI.',
  },
  APPROVAL_STALE: {
    bp: 'BP5013',
    exit: 12,
    retryable: false,
    summary: 'the plan no longer matches the approved digest',
    remedy: 'Review `backup-plan plan` again and approve its digest.',
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

export type FailureCode = keyof typeof FAILURE_KINDS;

/** An expected failure: a value, never thrown. */
export interface Failure {
  readonly code: FailureCode;
  /** Lower-case, no full stop, may name paths and resources, never a secret. */
  readonly message: string;
  /** What to do, one sentence; the table's remedy where absent. */
  readonly hint?: string;
  /** Last lines of the tool's own output, masked and escaped. */
  readonly toolOutput?: string;
  /** Facts for JSON: paths, sizes, exit codes. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export function failure(
  code: FailureCode,
  message: string,
  rest: Omit<Failure, 'code' | 'message'> = {},
): Failure {
  return { code, message, ...rest };
}

export function exitCodeOf(code: FailureCode): number {
  return FAILURE_KINDS[code].exit;
}
