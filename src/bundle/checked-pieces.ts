import { createHash } from 'node:crypto';
import type { OpenRequest } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { ObjectBytes } from '../domain/target.ts';
import { splitAt } from './prefix-digests.ts';

type Expected = Pick<OpenRequest['expected'], 'bytes' | 'sha256' | 'prefixes'>;

/** A writer's choice within reason: a reader holds one piece in memory. */
const MAX_EVERY_BYTES = 64 * 1_048_576;

/**
 * Yields the ciphertext in pieces of which every byte matches the signed record, in order. At the
 * first difference `onFault` is told and the iteration ends, so that a wrong byte goes no further.
 */
export async function* checkedPieces(
  ciphertext: ObjectBytes,
  expected: Expected,
  onFault: (reason: Failure) => void,
): AsyncGenerator<Buffer> {
  const contradiction = inconsistency(ciphertext, expected);
  if (contradiction !== undefined) {
    onFault(contradiction);
    return;
  }
  const check = createCheck(expected);
  for await (const chunk of ciphertext.bytes) {
    for (const piece of splitAt(chunk, check.missing(), expected.prefixes.every)) {
      const step = check.add(piece);
      if (step === 'wrong') {
        onFault(damaged(check.range(), ciphertext.size));
        return;
      }
      yield* step;
    }
  }
  const early =
    ciphertext.failure() ??
    (check.bytes() < expected.bytes ? truncated(check.bytes(), expected.bytes) : undefined);
  if (early !== undefined) onFault(early);
}

/** Holds back what has not been compared yet. */
function createCheck({ bytes, prefixes: { every, digests } }: Expected) {
  const hash = createHash('sha256');
  let held: Buffer[] = [];
  let seen = 0;
  return {
    bytes: () => seen,
    /** Bytes up to the next noted digest. */
    missing: () => every - (seen % every),
    range: () => ({ from: Math.floor((seen - 1) / every) * every, to: seen }),
    add(piece: Uint8Array): readonly Buffer[] | 'wrong' {
      hash.update(piece);
      held.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
      seen += piece.length;
      if (seen > bytes) return 'wrong';
      if (seen % every !== 0 && seen !== bytes) return [];
      if (hash.copy().digest('hex') !== digests[Math.ceil(seen / every) - 1]) return 'wrong';
      const released = held;
      held = [];
      return released;
    },
  };
}

function inconsistency(ciphertext: ObjectBytes, { bytes, sha256, prefixes }: Expected): Failure | undefined {
  const { every, digests } = prefixes;
  const sane = Number.isSafeInteger(every) && every > 0 && every <= MAX_EVERY_BYTES && bytes > 0;
  if (!sane || digests.length !== Math.ceil(bytes / every) || digests.at(-1) !== sha256) {
    return failure('CORRUPT', 'the record contradicts itself about the digests of the bundle');
  }
  if (ciphertext.size < bytes) return truncated(ciphertext.size, bytes);
  if (ciphertext.size > bytes) {
    return failure(
      'CORRUPT',
      `the bundle has ${String(ciphertext.size - bytes)} bytes more than its record says`,
    );
  }
  return undefined;
}

function truncated(actual: number, expected: number): Failure {
  return failure('TRUNCATED', `the bundle ends after ${String(actual)} of ${String(expected)} bytes`, {
    facts: { actual, expected },
  });
}

function damaged({ from, to }: { from: number; to: number }, size: number): Failure {
  const message = `the bundle differs from its record between byte ${String(from)} and ${String(to)} of ${String(size)}`;
  return failure('CORRUPT', message, { facts: { from, to } });
}
