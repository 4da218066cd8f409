import { expect } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import type { Result } from '../../src/domain/result.ts';

/** The value of a result that must be ok. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
  return result.value;
}

/** The failure of a result that must not be ok. */
export function failureIn(result: Result<unknown>): Failure {
  if (result.ok) expect.fail('a failure was expected');
  return result.failure;
}
