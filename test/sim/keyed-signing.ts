import { createHmac } from 'node:crypto';
import type { Signer, Verifier } from '../../src/domain/cryptography.ts';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok } from '../../src/domain/result.ts';

const KEY = 'only the members of one simulated world know this';

/** A keyed hash in place of a signature: a thousandth of its price, and forged just as little here. */
export function keyedSigner(fingerprint: string): Signer {
  return { fingerprint, sign: (payload) => Promise.resolve(ok(hashOf(payload, fingerprint))) };
}

export function keyedVerifier(): Verifier {
  return {
    verify: (payload, signature, fingerprint) => {
      const isRight = hashOf(payload, fingerprint).equals(signature);
      if (!isRight) return Promise.resolve(failed(failure('RECORD_REJECTED', 'signature is wrong')));
      return Promise.resolve(
        ok({ name: 'one', keyFile: 'one.asc', may: ['write', 'apply', 'prune'] as const }),
      );
    },
  };
}

function hashOf(payload: Uint8Array, fingerprint: string): Buffer {
  return createHmac('sha256', KEY).update(fingerprint).update(payload).digest();
}
