import { createHash } from 'node:crypto';
import type { OpenRequest } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { ObjectBytes } from '../domain/target.ts';

type Expected = Pick<OpenRequest['expected'], 'bytes' | 'sha256' | 'prefixes'>;

/** A writer's choice within reason: a reader holds one piece in memory. */
const MAX_EVERY_BYTES = 64 * 1_048_576;

/**
 * Yields the ciphertext in pieces of which every byte matches the signed record, in order. At the
 * first difference `onFault` is told and the iteration ends, so that a wrong byte goes no further.
 * A piece is valid until the next one is asked for: all share one block of memory.
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
    for (let rest = chunk; rest.length > 0;) {
      const taken = check.add(rest);
      rest = rest.subarray(taken);
      if (!check.isComplete()) continue;
      const piece = check.release();
      if (piece === undefined) {
        onFault(damaged(check.range(), ciphertext.size));
        return;
      }
      yield piece;
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
  const block = Buffer.allocUnsafe(Math.min(every, bytes));
  let held = 0;
  let seen = 0;
  return {
    bytes: () => seen,
    range: () => ({ from: seen - held, to: seen }),
    /** Takes as much of `chunk` as belongs to the piece; more than the record says counts as damage. */
    add(chunk: Buffer): number {
      const room = Math.min(block.length - held, Math.max(bytes - seen, 0));
      const taken = room === 0 ? chunk.length : Math.min(room, chunk.length);
      if (room > 0) chunk.copy(block, held, 0, taken);
      held += room === 0 ? 0 : taken;
      seen += taken;
      return taken;
    },
    /** Up to the next noted digest, or beyond the end. */
    isComplete: () => held === block.length || seen >= bytes,
    /** The piece, or undefined where it is not what the record says. */
    release(): Buffer | undefined {
      if (seen > bytes) return undefined;
      const piece = block.subarray(0, held);
      hash.update(piece);
      if (hash.copy().digest('hex') !== digests[Math.ceil(seen / every) - 1]) return undefined;
      held = 0;
      return piece;
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
