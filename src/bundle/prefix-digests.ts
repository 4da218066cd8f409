import { createHash } from 'node:crypto';
import type { PrefixDigests } from '../domain/record.ts';

/**
 * A running SHA-256 is noted after this many bytes: the piece that a reader must hold before it may
 * let any of it into a parser, and the precision with which damage can be located.
 */
export const PREFIX_EVERY_BYTES = 8 * 1_048_576;

export interface Digester {
  update(chunk: Uint8Array): void;
  /** The last digest covers the whole. */
  finish(): { readonly bytes: number; readonly sha256: string; readonly prefixes: PrefixDigests };
}

export function createDigester(every = PREFIX_EVERY_BYTES): Digester {
  const hash = createHash('sha256');
  const digests: string[] = [];
  let bytes = 0;
  return {
    update(chunk) {
      for (const piece of splitAt(chunk, every - (bytes % every), every)) {
        hash.update(piece);
        bytes += piece.length;
        if (bytes % every === 0) digests.push(hash.copy().digest('hex'));
      }
    },
    finish() {
      const sha256 = hash.digest('hex');
      if (bytes % every !== 0 || bytes === 0) digests.push(sha256);
      return { bytes, sha256, prefixes: { every, digests } };
    },
  };
}

/** Cuts a chunk after `first` bytes and then after each `every`. */
export function* splitAt(chunk: Uint8Array, first: number, every: number): Generator<Uint8Array> {
  let size = first;
  for (let offset = 0; offset < chunk.length; size = every) {
    yield chunk.subarray(offset, offset + size);
    offset += size;
  }
}
