import { generateKey as generate, readPrivateKey } from 'openpgp';
import { fingerprintOf } from './key-file.ts';

export interface KeyRequest {
  readonly name: string;
  readonly email?: string;
  /** Both kinds sign with the primary key and encrypt with a subkey: a writer must read its own indexes. */
  readonly kind: 'recipient' | 'signer';
  /** Lifetime from now. */
  readonly expiresMs?: number;
  readonly passphrase?: string;
}

export interface GeneratedKey {
  /** Armored. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Makes a v4 Ed25519 key with a Curve25519 subkey in the encoding that GnuPG 2.1 and later read. */
export async function generateKey({ name, email, expiresMs, passphrase }: KeyRequest): Promise<GeneratedKey> {
  const { privateKey, publicKey } = await generate({
    type: 'ecc',
    curve: 'curve25519Legacy',
    userIDs: [{ name, ...(email === undefined ? {} : { email }) }],
    format: 'armored',
    ...(expiresMs === undefined ? {} : { keyExpirationTime: Math.floor(expiresMs / 1000) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    config: { v6Keys: false, aeadProtect: false },
  });
  const fingerprint = fingerprintOf(await readPrivateKey({ armoredKey: privateKey }));
  return { privateKey, publicKey, fingerprint };
}
