import { readFileSync } from 'node:fs';
import { errnoOf } from '../../domain/errno.ts';
import type { BytePath } from '../../domain/index-entry.ts';

/**
 * Every mount point, relative to `/`. Device numbers alone do not show a bind mount, and asking for
 * them would wait for a network file system that does not answer. Empty where the system cannot say.
 */
export function readMountPoints(): ReadonlySet<BytePath> {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
    return new Set(lines.flatMap((line) => line.split(' ')[4] ?? []).map(relative));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return new Set();
  }
}

/** The kernel writes space, tab, line feed and backslash as octal. */
function relative(field: string): BytePath {
  return field
    .slice(1)
    .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
