import { createMessage, decryptKey, enums, readSignature, sign } from 'openpgp';
import type { Message, PrivateKey } from 'openpgp';
import type { Signer } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { fingerprintOf, loadKey } from './key-file.ts';

/** Checks now that the key can sign, so that no run starts with one that cannot. */
export async function createSigner(armoredPrivateKey: string, passphrase?: string): Promise<Result<Signer>> {
  const loaded = await loadKey(armoredPrivateKey, 'SIGNER_UNUSABLE');
  if (!loaded.ok) return loaded;
  const { key } = loaded.value;
  if (!key.isPrivate()) return unusable('the signing key is a public key; the private one is needed');
  const unlocked = await unlock(key, passphrase);
  if (!unlocked.ok) return unlocked;
  try {
    await unlocked.value.getSigningKey();
  } catch {
    return unusable(
      `the signing key ${fingerprintOf(key)} cannot sign: it is expired, revoked or made for encryption only`,
    );
  }
  return ok({ fingerprint: fingerprintOf(key), sign: (payload) => signDetached(unlocked.value, payload) });
}

async function unlock(key: PrivateKey, passphrase: string | undefined): Promise<Result<PrivateKey>> {
  if (key.isDecrypted()) return ok(key);
  if (passphrase === undefined)
    return unusable(`the signing key ${fingerprintOf(key)} is locked and there is no passphrase`);
  try {
    return ok(await decryptKey({ privateKey: key, passphrase }));
  } catch {
    return failed(
      failure('BAD_PASSPHRASE', `the passphrase does not unlock the signing key ${fingerprintOf(key)}`),
    );
  }
}

async function signDetached(key: PrivateKey, payload: Uint8Array): Promise<Result<Uint8Array>> {
  const message: unknown = await createMessage({ binary: new Uint8Array(payload), format: 'binary' });
  const config = { preferredHashAlgorithm: enums.hash.sha512 };
  const options = { signingKeys: key, detached: true, format: 'binary' as const, config };
  const signed: unknown = await sign({ message: message as Message<Uint8Array>, ...options });
  const signature = signed as Uint8Array;
  const [packet] = (await readSignature({ binarySignature: signature })).packets;
  if (packet?.version === 4 && packet.hashAlgorithm === enums.hash.sha512) return ok(signature);
  return unusable('the signing key does not allow version 4 signatures with SHA-512');
}

function unusable(message: string): ReturnType<typeof failed> {
  return failed(failure('SIGNER_UNUSABLE', message));
}
