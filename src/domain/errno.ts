import { failure } from './failure.ts';
import type { Failure, FailureCode } from './failure.ts';

const CODES: Readonly<Record<string, FailureCode>> = {
  ENOSPC: 'TARGET_FULL',
  EDQUOT: 'TARGET_FULL',
  EACCES: 'TARGET_DENIED',
  EPERM: 'TARGET_DENIED',
  EROFS: 'TARGET_DENIED',
  ELOOP: 'TARGET_UNSAFE',
};

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left',
  EDQUOT: 'quota exceeded',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ELOOP: 'a symbolic link is in the way',
  ENOENT: 'no such file or directory',
  EEXIST: 'already exists',
  EIO: 'input/output error',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EMFILE: 'too many open files',
};

/** Turns an error of the operating system into a failure; `context` says what was attempted. */
export function failureFromErrno(error: unknown, context: string): Failure {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return failure(CODES[code] ?? 'TARGET_IO', `${context}: ${WORDS[code] ?? code}`, {
    facts: { errno: code },
  });
}

/** `ENOENT` and the like; undefined where the error is not one of the operating system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof errno === 'number' ? code : undefined;
}
