import { openReader } from './pipe-end.ts';
import { printable } from './printable.ts';
import type { Masker } from './masker.ts';

/** Collects what a child says, in bounded memory. */
export interface OutputTail {
  /** At most the last `maxBytes`, masked and escaped. Waits for the end of the output, but no longer than `graceMs`. */
  text(graceMs: number): Promise<string>;
}

export interface TailOptions {
  readonly masker: Pick<Masker, 'mask'>;
  readonly maxBytes: number;
  readonly onBytes: (count: number) => void;
}

export function collectTail(fd: number, { masker, maxBytes, onBytes }: TailOptions): OutputTail {
  const reader = openReader(fd, onBytes);
  // Twice the size, so that a secret cut at the start of what is kept lies in the half that is dropped.
  const kept = tailBuffer(2 * maxBytes);
  const drained = (async () => {
    try {
      for await (const chunk of reader) kept.add(chunk);
    } catch {
      // Closed by us: somebody who outlived the child held it open.
    }
  })();
  return {
    async text(graceMs) {
      const timer = setTimeout(() => reader.destroy(), graceMs);
      await drained;
      clearTimeout(timer);
      const masked = Buffer.from(masker.mask(kept.bytes().toString('utf8')));
      return printable(masked.subarray(Math.max(0, masked.length - maxBytes)).toString('utf8'));
    },
  };
}

export interface TailBuffer {
  add(chunk: Uint8Array): void;
  bytes(): Buffer;
}

/** The last bytes of a stream, with amortised copying whatever the size of the pieces. */
export function tailBuffer(size: number): TailBuffer {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const compact = (): Buffer => {
    const whole = Buffer.concat(pieces);
    const tail = Buffer.from(whole.subarray(Math.max(0, whole.length - size)));
    pieces = [tail];
    length = tail.length;
    return tail;
  };
  return {
    add(chunk) {
      pieces.push(chunk.length > size ? chunk.subarray(chunk.length - size) : chunk);
      length += Math.min(chunk.length, size);
      if (length > 2 * size + 65_536) compact();
    },
    bytes: compact,
  };
}
