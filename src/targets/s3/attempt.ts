import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { storeFailure } from './store-failure.ts';

/** Carries a failure out of nested requests, which throw anyway. Never leaves this folder. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly failure: Failure;

  constructor(code: FailureCode, message: string, rest: Omit<Failure, 'code' | 'message'> = {}) {
    super(message);
    this.failure = failure(code, message, rest);
  }
}

/** Makes requests; what the store or the network says becomes a failure, anything else is a bug and passes through. */
export async function attempt<T>(doing: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    return failed(failureOf(error, doing));
  }
}

/** Throws what is a bug. */
export function failureOf(error: unknown, doing: string): Failure {
  if (error instanceof Refusal) return error.failure;
  const known = storeFailure(error, doing);
  if (known === undefined) throw error;
  return known;
}

export function requireGoing(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted === true) throw new Refusal('INTERRUPTED', `${doing} was interrupted`);
}
