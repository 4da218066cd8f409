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
  const kept = tailBuffer(2 * maxBytes);
  let total = 0;
  const drained = (async () => {
    try {
      for await (const chunk of reader) {
        total += chunk.length;
        kept.add(chunk);
      }
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
      // A secret of which only the end was kept is not known as one: it lies at the start.
      const whole = total > 2 * maxBytes ? masked.subarray(maxBytes / 4) : masked;
      return printable(whole.subarray(Math.max(0, whole.length - maxBytes)).toString('utf8'));
    },
  };
}

export interface TailBuffer {
  add(chunk: Uint8Array): void;
  bytes(): Buffer;
}

/** Keeps copies: a slice would keep the whole piece in memory. */
export function tailBuffer(size: number): TailBuffer {
  let pieces: Buffer[] = [];
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
      if (chunk.length >= size) {
        pieces = [Buffer.from(chunk.subarray(chunk.length - size))];
        length = size;
        return;
      }
      pieces.push(Buffer.from(chunk));
      length += chunk.length;
      if (length > 2 * size) compact();
    },
    bytes: compact,
  };
}
