import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';
import { findTool } from '../../src/platform/find-tool.ts';

export interface LyingRclone {
  /** Arguments of every run so far, one line each. */
  runs(): Promise<readonly string[]>;
}

/**
 * Puts a program before rclone on PATH, until `vi.unstubAllEnvs`. `cases` are branches of a shell's
 * `case` over the subcommand; they may call `real "$@"`, and `$last` is the last argument without the
 * name of the remote. Every other subcommand is the real one.
 */
export async function lyingRclone(folder: string, cases: string): Promise<LyingRclone> {
  const real = await findTool('rclone');
  if (real === undefined) throw new Error('rclone is not installed');
  const bin = join(folder, 'bin');
  const log = join(folder, 'runs');
  await mkdir(bin, { recursive: true });
  const program = [
    '#!/bin/sh',
    `real() { ${real} "$@"; }`,
    `printf '%s ' "$@" >> ${log}; echo >> ${log}`,
    'for word in "$@"; do last=${word#*:}; done',
    'for word in "$@"; do case $word in -*) ;; *) break ;; esac; done',
    'case $word in',
    cases,
    '*) real "$@" ;;',
    'esac',
    '',
  ];
  await writeFile(join(bin, 'rclone'), program.join('\n'));
  await chmod(join(bin, 'rclone'), 0o755);
  vi.stubEnv('PATH', [bin, process.env['PATH']].join(delimiter));
  return { runs: async () => (await readFile(log, 'utf8')).trim().split('\n') };
}
