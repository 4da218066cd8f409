import { accessSync, constants, readFileSync } from 'node:fs';
import { errnoOf } from '../../domain/errno.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { systemPath } from './walk.ts';

/** Says whether a file may be read, without opening it. */
export function createReadCheck(): (path: BytePath) => boolean {
  return readsEverything() ? () => true : isReadable;
}

/** Gone is not the same as closed: tar reports what vanished. */
function isReadable(path: BytePath): boolean {
  try {
    accessSync(systemPath('', path), constants.R_OK);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code === 'ENOENT';
  }
}

const DAC_OVERRIDE_OR_READ_SEARCH = 0b110n;

/** Root may read whatever a mode says, so asking for each file would be wasted; a container may lack that right. */
function readsEverything(): boolean {
  try {
    const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return (BigInt(`0x${capabilities ?? '0'}`) & DAC_OVERRIDE_OR_READ_SEARCH) !== 0n;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
