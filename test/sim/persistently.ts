import { FAILURE_KINDS } from '../../src/domain/failure.ts';
import type { Result } from '../../src/domain/result.ts';

const ATTEMPTS = 3;

/** As the executor repeats a step. */
export async function persistently<T>(act: () => Promise<Result<T>>): Promise<Result<T>> {
  let result = await act();
  for (let attempt = 1; attempt < ATTEMPTS && !result.ok && FAILURE_KINDS[result.failure.code].retryable;) {
    attempt += 1;
    result = await act();
  }
  return result;
}
