/** Every exit code of the program. Unknown non-zero codes are failures. */
export const EXIT_CODES = {
  0: 'success, including "changes present"',
  1: 'unexpected error (a bug; prints a report)',
  2: 'changes present, only with --detailed-exitcode',
  3: 'at least one step failed, or copies that the policy wants are missing; what succeeded is committed',
  4: 'partial: the policy holds, but a named target lacks its copy, or a thaw is under way; safe to run again',
  5: 'a verification or check failed, or a bundle is damaged',
  6: 'overdue, stale or anomalous',
  7: 'locked by another run',
  8: 'refused as unsafe',
  9: 'a target, tool or secret is not reachable: result unknown',
  10: 'the plan is invalid',
  12: 'the plan differs from the approved one',
  64: 'the command line is not understood',
  130: 'interrupted by SIGINT, after clean release',
  143: 'interrupted by SIGTERM, after clean release',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

export const EXIT_UNEXPECTED: ExitCode = 1;
export const EXIT_CHANGES: ExitCode = 2;
export const EXIT_FAILED: ExitCode = 3;
export const EXIT_PARTIAL: ExitCode = 4;
export const EXIT_UNKNOWN: ExitCode = 9;
export const EXIT_USAGE: ExitCode = 64;
