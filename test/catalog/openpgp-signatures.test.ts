import { createMessage, readPrivateKey, sign } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { openEnvelope, sealEnvelope } from '../../src/catalog/envelope.ts';
import { generateKey } from '../../src/bundle/generate-key.ts';
import { createSigner } from '../../src/bundle/sign.ts';
import { createKeys } from '../support/openpgp-keys.ts';
import { failureIn, valueOf } from '../support/results.ts';

const PAYLOAD = { type: 'snapshot', value: 1 };

interface Parts {
  payload: string;
  signatures: { fingerprint: string; signature: string }[];
}

/** The envelope of a real signer, and a way to exchange its signature. */
async function createEnvelope() {
  const keys = await createKeys();
  const parts = JSON.parse(valueOf(await sealEnvelope(keys.signer, PAYLOAD)).toString()) as Parts;
  const signature = Buffer.from(parts.signatures[0]?.signature ?? '', 'base64');
  const openWith = (...signatures: readonly Uint8Array[]) => {
    const { fingerprint } = keys.signer;
    const exchanged = signatures.map((bytes) => ({
      fingerprint,
      signature: Buffer.from(bytes).toString('base64'),
    }));
    return openEnvelope(
      keys.verifier,
      Buffer.from(JSON.stringify({ ...parts, signatures: exchanged })),
      'write',
    );
  };
  return { keys, parts, signature, openWith };
}

describe('an envelope with OpenPGP signatures', () => {
  it('opens for a pinned signer in its role only', async () => {
    const { keys, parts } = await createEnvelope();
    const bytes = Buffer.from(JSON.stringify(parts));
    expect(valueOf(await openEnvelope(keys.verifier, bytes, 'write'))).toMatchObject({
      payload: PAYLOAD,
      signer: keys.signer.fingerprint,
      may: ['write', 'apply'],
    });
    expect((await openEnvelope(keys.verifier, bytes, ['prune', 'apply'])).ok).toBe(true);
    expect(failureIn(await openEnvelope(keys.verifier, bytes, ['prune'])).code).toBe('RECORD_REJECTED');
    expect(failureIn(await openEnvelope(keys.verifier, bytes, 'prune')).code).toBe('RECORD_REJECTED');
    const stranger = valueOf(
      await createSigner((await generateKey({ name: 'Stranger', kind: 'signer' })).privateKey),
    );
    const foreign = valueOf(await sealEnvelope(stranger, PAYLOAD));
    expect(failureIn(await openEnvelope(keys.verifier, foreign, 'write')).code).toBe('RECORD_REJECTED');
  });

  it('is refused when a stranger signs in the name of a pinned key', async () => {
    const { openWith, parts } = await createEnvelope();
    const stranger = valueOf(
      await createSigner((await generateKey({ name: 'Stranger', kind: 'signer' })).privateKey),
    );
    const forged = valueOf(await stranger.sign(Buffer.from(parts.payload, 'base64')));
    expect(failureIn(await openWith(forged)).code).toBe('RECORD_REJECTED');
  });

  it('is refused with two signatures in one, with rests, and with one bad of two', async () => {
    const { openWith, signature } = await createEnvelope();
    const flipped = Buffer.from(signature);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const wrong of [
      [Buffer.concat([signature, signature])],
      [Buffer.concat([signature, Buffer.from([0])])],
      [signature, flipped],
      [flipped],
      [Buffer.alloc(0)],
    ]) {
      expect(failureIn(await openWith(...wrong)).code).toBe('RECORD_REJECTED');
    }
    expect((await openWith(signature, signature)).ok).toBe(true);
  });

  it('is refused with a signed message, binary or armored, in place of a detached signature', async () => {
    const { openWith, parts } = await createEnvelope();
    const { privateKey } = await generateKey({ name: 'Stranger', kind: 'signer' });
    const signingKeys = await readPrivateKey({ armoredKey: privateKey });
    const message = await createMessage({
      binary: new Uint8Array(Buffer.from(parts.payload, 'base64')),
      format: 'binary',
    });
    const inline: unknown = await sign({ message, signingKeys, format: 'binary' });
    const armored: unknown = await sign({ message, signingKeys, format: 'armored', detached: true });
    expect(failureIn(await openWith(inline as Uint8Array)).code).toBe('RECORD_REJECTED');
    expect(failureIn(await openWith(Buffer.from(armored as string))).code).toBe('RECORD_REJECTED');
  });
});
