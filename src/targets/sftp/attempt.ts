import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { isStatus, Refusal, STATUS, type StatusError } from './refusal.ts';

/** Runs operations on a server; its refusals become failures, anything else is a bug and passes through. */
export async function attempt<T>(doing: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return failed(failureOf(doing, error));
  }
}

/** Throws what is no refusal. */
export function failureOf(doing: string, error: unknown): Failure {
  if (error instanceof Refusal) return { ...error.failure, message: `${doing}: ${error.failure.message}` };
  if (isStatus(error)) return statusFailure(doing, error);
  throw error;
}

function statusFailure(doing: string, { status, path, message }: StatusError): Failure {
  const facts = { path, status };
  const said = `the server says "${message}" about ${path}`;
  if (status === STATUS.permissionDenied) {
    const hint = 'Check owner and mode of the path on the server, and what the account may do there.';
    return failure('TARGET_DENIED', `${doing}: ${said}`, { facts, hint });
  }
  if (status === STATUS.failure) {
    const hint =
      'Version 3 of the protocol gives no reason: a full disk, a quota or a failing disk of the server are the usual ones.';
    return failure('TARGET_IO', `${doing}: ${said}`, { facts, hint });
  }
  return failure('TARGET_IO', `${doing}: ${said}`, { facts });
}
