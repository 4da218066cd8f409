import { writeFile } from 'node:fs/promises';
import {
  createCleartextMessage,
  createMessage,
  enums,
  generateKey as generate,
  readPrivateKey,
  revokeKey,
  sign,
} from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Signer, TrustedSigner, Verifier } from '../../src/domain/cryptography.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { cryptography, freshPath, makeKey, tools } from './bundles.ts';
import type { TestKey } from './bundles.ts';

const PAYLOAD = Buffer.from('{"type":"snapshot"}');
const CURVE = { type: 'ecc' as const, curve: 'curve25519Legacy' as const, userIDs: [{ name: 'x' }] };

let key: TestKey;
let signer: Signer;
let verifier: Verifier;
let signature: Uint8Array;
beforeAll(async () => {
  key = await makeKey({ kind: 'signer' });
  signer = valueOf(await cryptography.signer(key.armored));
  verifier = await verifierOf({ name: 'web', keyFile: key.publicFile, may: ['write'] });
  signature = valueOf(await signer.sign(PAYLOAD));
});

async function verifierOf(...signers: TrustedSigner[]): Promise<Verifier> {
  return valueOf(await cryptography.verifier(signers));
}

async function messageFor(bytes: Uint8Array, payload: Uint8Array = PAYLOAD): Promise<string> {
  return failureIn(await verifier.verify(payload, bytes, key.fingerprint, 'write')).message;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const MALFORMED = 'the signature is not one detached binary signature of version 4 with SHA-512';

describe('a signature', () => {
  it('is accepted from its pinned signer in its role', async () => {
    expect(signer.fingerprint).toBe(key.fingerprint);
    expect(valueOf(await verifier.verify(PAYLOAD, signature, key.fingerprint, 'write')).name).toBe('web');
  });

  it.skipIf(lacks('gpg', 'gpgv'))('is accepted by gpgv', async () => {
    const [payload, detached, keyring] = [freshPath('m'), freshPath('s'), freshPath('signers.gpg')];
    await writeFile(payload, PAYLOAD);
    await writeFile(detached, signature);
    const dearmor = [
      'gpg',
      '--batch',
      '--homedir',
      '/nonexistent',
      '-o',
      keyring,
      '--dearmor',
      key.publicFile,
    ] as const;
    expect(valueOf(await tools.run({ argv: dearmor })).exitCode).toBe(0);
    expect(
      valueOf(await tools.run({ argv: ['gpgv', '--keyring', keyring, detached, payload] })).exitCode,
    ).toBe(0);
  });

  it('is rejected when one bit of it or of the payload differs', async () => {
    // The middle holds hints that are not signed and say nothing that is trusted.
    const [hashed, numbers] = [range(0, 20), range(signature.length - 30, signature.length)];
    for (const at of [...hashed, ...numbers]) {
      const wrong = Uint8Array.from(signature);
      wrong[at]! ^= 4;
      expect((await verifier.verify(PAYLOAD, wrong, key.fingerprint, 'write')).ok, `byte ${at}`).toBe(false);
    }
    expect(await messageFor(signature, Buffer.from('{"type":"snapshoT"}'))).toBe(
      'the signature is not a valid one of web',
    );
  });

  it('is rejected from a stranger, from another signer, and outside the role', async () => {
    const other = await makeKey({ kind: 'signer' });
    const both = await verifierOf(
      { name: 'web', keyFile: key.publicFile, may: ['write'] },
      { name: 'other', keyFile: other.publicFile, may: ['write', 'prune'] },
    );
    const stranger = await makeKey({ kind: 'signer' });
    const rejected = async (fingerprint: string, role: 'write' | 'prune') =>
      failureIn(await both.verify(PAYLOAD, signature, fingerprint, role));
    expect(await rejected(stranger.fingerprint, 'write')).toMatchObject({
      code: 'RECORD_REJECTED',
      message: `the signer ${stranger.fingerprint} is not one of the signing keys of the plan`,
    });
    expect((await rejected(other.fingerprint, 'write')).message).toBe(
      'the signature is not a valid one of other',
    );
    expect((await rejected(key.fingerprint, 'prune')).message).toBe('the signer web has no prune role');
    expect((await rejected('\u001b[2J', 'write')).message).toBe(
      'the signer (malformed) is not one of the signing keys of the plan',
    );
  });

  it('is rejected after the end that the plan sets', async () => {
    const at = (untilMs: number) =>
      verifierOf({ name: 'web', keyFile: key.publicFile, may: ['write'], untilMs });
    valueOf(await (await at(Date.now() + 60_000)).verify(PAYLOAD, signature, key.fingerprint, 'write'));
    const late = await (await at(Date.now() - 60_000)).verify(PAYLOAD, signature, key.fingerprint, 'write');
    expect(failureIn(late).message).toBe('the key of web was no longer accepted when this was signed');
  });

  it('is accepted from a key that expired afterwards, and rejected from a revoked one', async () => {
    const options = { ...CURVE, format: 'object' as const };
    const { privateKey, publicKey } = await generate({
      ...options,
      date: new Date('2020-01-01'),
      keyExpirationTime: 86_400,
    });
    const message = await createMessage({ binary: new Uint8Array(PAYLOAD) });
    const old: unknown = await sign({
      message,
      signingKeys: privateKey,
      detached: true,
      format: 'binary',
      date: new Date('2020-01-01T12:00:00Z'),
    });
    const keyFile = freshPath('old.asc');
    const fingerprint = publicKey.getFingerprint().toUpperCase();
    await writeFile(keyFile, publicKey.armor());
    const accept = async () =>
      (await verifierOf({ name: 'old', keyFile, may: ['write'] })).verify(
        PAYLOAD,
        old as Uint8Array,
        fingerprint,
        'write',
      );
    valueOf(await accept());
    await writeFile(keyFile, (await revokeKey({ key: privateKey, format: 'armored' })).publicKey);
    expect(failureIn(await accept()).message).toBe('the signature is not a valid one of old');
  });
});

describe('what is no single detached signature is rejected', () => {
  const signed = async (options: object): Promise<unknown> => {
    const message = await createMessage({ binary: new Uint8Array(PAYLOAD) });
    return sign({
      message,
      signingKeys: await readPrivateKey({ armoredKey: key.armored }),
      format: 'binary',
      ...options,
    } as never);
  };

  it('an inline-signed message', async () => {
    expect(await messageFor((await signed({})) as Uint8Array)).toBe(MALFORMED);
  });

  it('a cleartext-signed message', async () => {
    const message = await createCleartextMessage({ text: PAYLOAD.toString() });
    const clear = await sign({ message, signingKeys: await readPrivateKey({ armoredKey: key.armored }) });
    expect(await messageFor(Buffer.from(clear))).toBe(MALFORMED);
  });

  it('two signatures, both good or one bad', async () => {
    const bad = Uint8Array.from(signature);
    bad[bad.length - 1]! ^= 1;
    for (const second of [signature, bad]) {
      expect(await messageFor(Buffer.concat([signature, second]))).toBe(MALFORMED);
      expect(await messageFor(Buffer.concat([second, signature]))).toBe(MALFORMED);
    }
  });

  it('one with bytes around it, cut, armored, or none', async () => {
    const armored = await signed({ detached: true, format: 'armored' });
    for (const bytes of [
      Buffer.concat([signature, Buffer.from('x')]),
      Buffer.concat([Buffer.from([0xca, 3, 1, 2, 3]), signature]),
      signature.subarray(0, 20),
      Buffer.from(armored as string),
      Buffer.alloc(0),
      Buffer.from('garbage'),
    ]) {
      expect(await messageFor(bytes)).toBe(MALFORMED);
    }
  });

  it('one with another digest, or over text', async () => {
    const other = await signed({ detached: true, config: { preferredHashAlgorithm: enums.hash.sha3_512 } });
    expect(await messageFor(other as Uint8Array)).toBe(MALFORMED);
    const text: unknown = await sign({
      message: await createMessage({ text: PAYLOAD.toString() }),
      signingKeys: await readPrivateKey({ armoredKey: key.armored }),
      detached: true,
      format: 'binary',
    });
    expect(await messageFor(text as Uint8Array)).toBe(MALFORMED);
  });
});

describe('a key that cannot sign', () => {
  it('is refused before a run starts', async () => {
    const publicKey = await makeKey();
    const locked = await makeKey({ passphrase: 'correct horse' });
    const asked = async (armored: string, passphrase?: string) =>
      failureIn(await cryptography.signer(armored, passphrase));
    const { readFile } = await import('node:fs/promises');
    expect((await asked(await readFile(publicKey.publicFile, 'utf8'))).message).toMatch(/is a public key/);
    expect(await asked(locked.armored)).toMatchObject({ code: 'SIGNER_UNUSABLE' });
    expect(await asked(locked.armored, 'wrong')).toMatchObject({ code: 'BAD_PASSPHRASE' });
    expect((await asked('-----BEGIN PGP nonsense')).message).toBe('(armored) is not an OpenPGP key');
    valueOf(await cryptography.signer(locked.armored, 'correct horse'));
    const options = { ...CURVE, format: 'armored' as const };
    const old = await generate({ ...options, date: new Date('2020-01-01'), keyExpirationTime: 86_400 });
    expect((await asked(old.privateKey)).message).toMatch(/^the signing key [0-9A-F]{40} cannot sign/);
  });
});
