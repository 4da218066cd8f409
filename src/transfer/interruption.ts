import { FAILURE_KINDS, failure, type Failure } from '../domain/failure.ts';

/** What an operation says that its caller, or a watch, has ended. */
export function interruption({ reason }: { readonly reason: unknown }): Failure {
  const isFailure = typeof reason === 'object' && reason !== null && 'code' in reason;
  return isFailure && String(reason.code) in FAILURE_KINDS
    ? (reason as Failure)
    : failure('INTERRUPTED', 'interrupted');
}
