import fc from 'fast-check';
import {
  createMessage,
  generateKey,
  readKey,
  readSignature,
  revokeKey,
  readPrivateKey,
  verify,
} from 'openpgp';
import type { PublicKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createQuickVerifier, type QuickVerifier } from '../../src/bundle/quick-signature.ts';
import type { Signer } from '../../src/domain/cryptography.ts';
import { valueOf } from '../support/results.ts';
import { cryptography, makeKey } from './bundles.ts';

const PAYLOAD = Buffer.from('{"type":"snapshot"}');

let key: PublicKey;
let signer: Signer;
let quick: QuickVerifier;
let signature: Uint8Array;
beforeAll(async () => {
  const made = await makeKey({ kind: 'signer' });
  key = (await readKey({ armoredKey: made.armored })).toPublic();
  signer = valueOf(await cryptography.signer(made.armored));
  signature = valueOf(await signer.sign(PAYLOAD));
  quick = (await createQuickVerifier(key))!;
});

async function libraryAccepts(payload: Uint8Array, bytes: Uint8Array): Promise<boolean> {
  try {
    const { signatures } = await verify({
      message: await createMessage({ binary: new Uint8Array(payload) }),
      signature: await readSignature({ binarySignature: new Uint8Array(bytes) }),
      verificationKeys: key,
      date: null,
    });
    return await signatures[0]!.verified;
  } catch {
    return false;
  }
}

describe('the quick way to check a signature', () => {
  it('accepts what we sign, at the time that it names', async () => {
    const { packets } = await readSignature({ binarySignature: new Uint8Array(signature) });
    expect(quick.accepts(PAYLOAD, signature)).toBe(packets[0]!.created!.getTime());
  });

  it('accepts signatures over anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (payload) => {
        const own = valueOf(await signer.sign(payload));
        expect(quick.accepts(payload, own)).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  it('accepts nothing that the library does not', async () => {
    let accepted = 0;
    for (let bit = 0; bit < signature.length * 8; bit += 1) {
      const wrong = Uint8Array.from(signature);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      if (quick.accepts(PAYLOAD, wrong) === undefined) continue;
      accepted += 1;
      expect(await libraryAccepts(PAYLOAD, wrong), `bit ${String(bit)}`).toBe(true);
    }
    // What is not signed may differ: the hint of the issuer, and bits of a length that change no byte.
    expect(accepted).toBeLessThan(signature.length * 4);
  });

  it('accepts no other payload, no cut and no addition', () => {
    expect(quick.accepts(Buffer.from('{"type":"snapshoT"}'), signature)).toBeUndefined();
    expect(quick.accepts(PAYLOAD, Buffer.concat([signature, Buffer.of(0)]))).toBeUndefined();
    for (let length = 0; length < signature.length; length += 1) {
      expect(
        quick.accepts(PAYLOAD, signature.subarray(0, length)),
        `${String(length)} bytes`,
      ).toBeUndefined();
    }
  });

  it('never throws at garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 50 }), (bytes, tail) => {
        expect(quick.accepts(PAYLOAD, bytes)).toBeUndefined();
        const mixed = Buffer.concat([Buffer.from(signature).subarray(0, 20 + (bytes[0] ?? 0)), tail]);
        if (!mixed.equals(signature)) expect(quick.accepts(PAYLOAD, mixed)).toBeUndefined();
      }),
    );
  });

  it('leaves other kinds of keys and revoked ones to the library', async () => {
    const rsa = await generateKey({ type: 'rsa', rsaBits: 3072, userIDs: [{ name: 'x' }], format: 'object' });
    expect(await createQuickVerifier(rsa.publicKey)).toBeUndefined();
    const made = await makeKey({ kind: 'signer' });
    const privateKey = await readPrivateKey({ armoredKey: made.armored });
    const { publicKey } = await revokeKey({ key: privateKey, format: 'object' });
    expect(await createQuickVerifier(publicKey)).toBeUndefined();
  });
});
