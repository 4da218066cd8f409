import { lstatSync, readdirSync, type Dirent, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Clock } from '../../domain/clock.ts';

/** The operating system, as far as the target uses it; replaced where a failing disk is needed. */
export type FileLayer = AsyncFiles & {
  /** Listings ask in this way as long as the answers come at once; absent where they may not. */
  readonly direct?: DirectFiles;
};

export interface DirectFiles {
  /** Of a clock that nobody sets. */
  nowMs(): number;
  lstatSync(path: string, options: { readonly throwIfNoEntry: false }): Stats | undefined;
  readdirSync(path: string, options: { readonly withFileTypes: true }): Dirent[];
}

type AsyncFiles = Pick<
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

export function directFiles(clock: Clock): DirectFiles {
  return { lstatSync, readdirSync, nowMs: () => clock.monotonicMs() };
}

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
