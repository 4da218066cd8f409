import * as fs from 'node:fs/promises';

/** The operating system, as far as the target uses it; replaced where a failing disk is needed. */
export type FileLayer = Pick<
  typeof fs,
  | 'chmod'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readFile'
  | 'realpath'
  | 'rename'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'unlink'
>;

export const realFiles: FileLayer = fs;

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Undefined where the path does not exist; every other error is thrown. */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
