import type { FailureKind } from './failure-kind.ts';

/** What can go wrong while a source is read and sealed. */
export const SOURCE_FAILURES = {
  SOURCE_FAILED: {
    bp: 'BP6001',
    exit: 3,
    retryable: true,
    summary: 'the tool that reads the source failed',
    remedy:
      'Read the tool output that follows the message, mend the cause and run apply again. Nothing was committed.',
  },
  INCOMPLETE_OUTPUT: {
    bp: 'BP6002',
    exit: 3,
    retryable: true,
    summary: 'the tool ended without the proof that its output is complete',
    remedy:
      'An exit code of 0 is not enough: the completion marker, size or check named in the message was missing. Run the tool by hand and compare its output.',
  },
  SOURCE_EMPTY: {
    bp: 'BP6003',
    exit: 3,
    retryable: false,
    summary: 'the source is empty or much smaller than last time',
    remedy:
      'Check that the source is mounted and complete. If the drop is meant, raise source.maxDrop or set source.allowEmpty.',
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
  SOURCE_UNREACHABLE: {
    bp: 'BP6016',
    exit: 9,
    retryable: true,
    summary: 'the server that holds the source cannot be reached',
    remedy: 'Check that it runs, and the host, port or socket that the plan names.',
  },
  SOURCE_DENIED: {
    bp: 'BP6017',
    exit: 9,
    retryable: false,
    summary: 'the server that holds the source does not accept the credentials',
    remedy: 'Check the user and the secret that the plan names, and what the server lets them do.',
  },
  VERSION_SKEW: {
    bp: 'BP6018',
    exit: 9,
    retryable: false,
    summary: 'the tool is older than the server',
    remedy:
      'Install the client of the version that the server has: an older one loses what it does not know.',
  },
  VIA_FAILED: {
    bp: 'BP6019',
    exit: 9,
    retryable: true,
    summary: 'the place where a tool should run cannot be reached, or was lost while it ran',
    remedy: 'Run the command of the message by hand; then check what the plan says under `via`.',
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
} as const satisfies Record<string, FailureKind>;
