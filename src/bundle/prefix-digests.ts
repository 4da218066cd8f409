import { createHash } from 'node:crypto';
import type { PrefixDigests } from '../domain/record.ts';

/**
 * A running SHA-256 is noted after this many bytes: the piece that a reader must hold before it may
 * let any of it into a parser, and the precision with which damage can be located.
 */
export const PREFIX_EVERY_BYTES = 8 * 1_048_576;
/** The longest piece that a reader must hold. */
export const PREFIX_LONGEST_BYTES = 64 * 1_048_576;
/** At this many digests every second one is dropped, so that the record of a large artifact stays small. */
const MOST_DIGESTS = 4096;

export interface Digester {
  update(chunk: Uint8Array): void;
  /** The last digest covers the whole. */
  finish(): { readonly bytes: number; readonly sha256: string; readonly prefixes: PrefixDigests };
}

export function createDigester(initialEvery = PREFIX_EVERY_BYTES): Digester {
  const hash = createHash('sha256');
  let every = initialEvery;
  let digests: string[] = [];
  let bytes = 0;
  const note = (): void => {
    digests.push(hash.copy().digest('hex'));
    if (digests.length < MOST_DIGESTS || every * 2 > PREFIX_LONGEST_BYTES) return;
    digests = digests.filter((_, position) => position % 2 === 1);
    every *= 2;
  };
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0;) {
        const piece = rest.subarray(0, every - (bytes % every));
        hash.update(piece);
        bytes += piece.length;
        rest = rest.subarray(piece.length);
        if (bytes % every === 0) note();
      }
    },
    finish() {
      const sha256 = hash.digest('hex');
      if (bytes % every !== 0 || bytes === 0) digests.push(sha256);
      return { bytes, sha256, prefixes: { every, digests } };
    },
  };
}
