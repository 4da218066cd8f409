import { FAILURE_KINDS, type Failure } from '../../domain/failure.ts';

/** A failure in JSON output. */
export interface FailureDocument {
  readonly code: string;
  /** Number under which `explain` knows it. */
  readonly bp: string;
  readonly message: string;
  readonly hint: string;
  readonly toolOutput?: string;
  readonly facts?: Failure['facts'];
}

export function failureDocument(failure: Failure): FailureDocument {
  const { bp, remedy } = FAILURE_KINDS[failure.code];
  const { code, message, hint = remedy, toolOutput, facts } = failure;
  return {
    code,
    bp,
    message,
    hint,
    ...(toolOutput !== undefined && { toolOutput }),
    ...(facts !== undefined && { facts }),
  };
}
