import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export interface Mounted extends Disposable {
  readonly folder: string;
}

/** A file system of its own, in memory. */
export function mountTmpfs(folder: string, size: string): Mounted {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder]);
  return { folder, [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) };
}
