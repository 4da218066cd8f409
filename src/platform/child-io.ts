import { readFileSync } from 'node:fs';

/** Bytes a process has read and written so far, pipes included; undefined where the system does not tell. */
export function bytesMoved(pid: number): { readonly read: number; readonly written: number } | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/io`, 'latin1');
    const read = /^rchar: (\d+)$/m.exec(text)?.[1];
    const written = /^wchar: (\d+)$/m.exec(text)?.[1];
    return read === undefined || written === undefined
      ? undefined
      : { read: Number(read), written: Number(written) };
  } catch {
    return undefined;
  }
}

/** How far a descriptor that children share has been read; undefined where the system does not tell. */
export function positionOf(fd: number): number | undefined {
  try {
    const position = /^pos:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${String(fd)}`, 'latin1'))?.[1];
    return position === undefined ? undefined : Number(position);
  } catch {
    return undefined;
  }
}
