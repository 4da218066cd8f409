import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';

/**
 * Carries a failure out of nested operations. Never leaves this folder: `attempt` turns it into a
 * value.
 */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  readonly failure: Failure;

  constructor(code: FailureCode, message: string, hint?: string, facts?: Failure['facts']) {
    super(message);
    this.failure = failure(code, message, {
      ...(hint === undefined ? {} : { hint }),
      ...(facts === undefined ? {} : { facts }),
    });
  }
}

/** The connection ended while an answer was awaited: what was asked for has happened, or has not. */
export class ConnectionLost extends Refusal {
  override readonly name = 'ConnectionLost';
}

/** Status codes of SFTP version 3, as far as servers of that version send them. */
export const STATUS = {
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

/** The server's own no to one request. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: number;
  readonly path: string;

  constructor(status: number, path: string, text: string) {
    super(text);
    this.status = status;
    this.path = path;
  }
}

/** Undefined where the path does not exist; every other error is thrown. */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (isStatus(error, STATUS.noSuchFile)) return undefined;
    throw error;
  }
}

export function isStatus(error: unknown, ...among: readonly number[]): error is StatusError {
  return error instanceof StatusError && (among.length === 0 || among.includes(error.status));
}
