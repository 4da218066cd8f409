import { createHash, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { Signer, TrustedSigner, Verifier } from '../../src/domain/cryptography.ts';
import { failure } from '../../src/domain/failure.ts';
import type { SignerRole } from '../../src/domain/plan.ts';
import { failed, ok } from '../../src/domain/result.ts';

export interface TestSigner extends Signer {
  readonly publicKey: KeyObject;
}

/** Plain ed25519 in place of OpenPGP, for tests that sign thousands of records. */
export function createTestSigner(): TestSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const fingerprint = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .toUpperCase();
  return { publicKey, fingerprint, sign: (payload) => Promise.resolve(ok(sign(null, payload, privateKey))) };
}

/** Trusts these signers in all roles, unless told otherwise. */
export function createTestVerifier(
  signers: readonly TestSigner[],
  may: readonly SignerRole[] = ['write', 'apply', 'prune'],
): Verifier {
  return createRoleVerifier(signers.map((signer) => ({ signer, may })));
}

export interface RoleOf {
  readonly signer: TestSigner;
  readonly may: readonly SignerRole[];
}

/** Trusts each signer in its own roles. */
export function createRoleVerifier(signers: readonly RoleOf[]): Verifier {
  const rejected = (message: string) => Promise.resolve(failed(failure('RECORD_REJECTED', message)));
  return {
    verify: (payload, signature, fingerprint, role) => {
      const found = signers.find(({ signer }) => signer.fingerprint === fingerprint);
      if (found === undefined) return rejected('signer is not pinned');
      if (!found.may.includes(role)) return rejected(`signer may not ${role}`);
      if (!verify(null, payload, found.signer.publicKey, signature)) return rejected('signature is wrong');
      const trusted: TrustedSigner = { name: 'writer', keyFile: 'writer.asc', may: found.may };
      return Promise.resolve(ok(trusted));
    },
  };
}
