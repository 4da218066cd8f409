import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { errnoOf } from './file-layer.ts';

/**
 * Carries a failure out of nested file operations, which throw anyway. Never leaves this folder:
 * `attempt` turns it into a value.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly failure: Failure;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.failure = failure(code, message);
  }
}

/** Runs file operations; system errors become failures, anything else is a bug and passes through. */
export async function attempt<T>(doing: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof Refusal) return failed(error.failure);
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return failed(failureOf(errno, doing, error as NodeJS.ErrnoException));
  }
}

const CODES: Readonly<Record<string, FailureCode>> = {
  ENOSPC: 'TARGET_FULL',
  EDQUOT: 'TARGET_FULL',
  EFBIG: 'TARGET_FULL',
  EROFS: 'TARGET_DENIED',
  EACCES: 'TARGET_DENIED',
  EPERM: 'TARGET_DENIED',
  ENAMETOOLONG: 'TARGET_DENIED',
  ELOOP: 'TARGET_UNSAFE',
  ENOTDIR: 'TARGET_UNSAFE',
  ENXIO: 'TARGET_UNSAFE',
  ESTALE: 'TARGET_UNREACHABLE',
  ENODEV: 'TARGET_UNREACHABLE',
  ENOTCONN: 'TARGET_UNREACHABLE',
  EHOSTDOWN: 'TARGET_UNREACHABLE',
  ETIMEDOUT: 'TARGET_UNREACHABLE',
};

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space or inodes left',
  EDQUOT: 'quota exceeded',
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EIO: 'input/output error',
  ELOOP: 'a symbolic link is in the way',
  ENOTDIR: 'something that is no directory is in the way',
};

function failureOf(errno: string, doing: string, error: NodeJS.ErrnoException): Failure {
  const path = error.path === undefined ? {} : { path: error.path };
  return failure(CODES[errno] ?? 'TARGET_IO', `${doing}: ${WORDS[errno] ?? errno}`, {
    facts: { errno, ...path },
  });
}
