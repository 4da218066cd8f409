import type { FailureKind } from './failure-kinds/failure-kind.ts';
import { LIFE_FAILURES } from './failure-kinds/life-failures.ts';
import { SOURCE_FAILURES } from './failure-kinds/source-failures.ts';
import { STORAGE_FAILURES } from './failure-kinds/storage-failures.ts';
import { USE_FAILURES } from './failure-kinds/use-failures.ts';

/**
 * Every failure that a run can meet, as a closed table. Exit codes are those of the command line's
 * documentation; `retryable` says that the same attempt may succeed a moment later.
 */
export const FAILURE_KINDS = {
  ...SOURCE_FAILURES,
  ...STORAGE_FAILURES,
  ...USE_FAILURES,
  ...LIFE_FAILURES,
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
