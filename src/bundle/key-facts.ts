import { enums } from 'openpgp';
import type { AlgorithmInfo, Key, Subkey } from 'openpgp';
import type { KeyFacts } from '../domain/cryptography.ts';
import { ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { fingerprintOf, loadKey } from './key-file.ts';
import type { StoredKey } from './key-file.ts';

export async function inspectKey(file: string): Promise<Result<KeyFacts>> {
  const stored = await loadKey(file, 'RECIPIENT_UNUSABLE');
  return stored.ok ? ok(await factsOf(stored.value)) : stored;
}

export async function factsOf({ file, key }: StoredKey): Promise<KeyFacts> {
  const revoked = await key.isRevoked();
  const encrypting = await encryptionParts(key);
  const expiresMs = await encryptionEndMs(key, encrypting);
  const usable = await usableForEncryption(key);
  const defect = await defectOf(key, { revoked, encrypting, usable, expiresMs });
  return {
    file,
    fingerprint: fingerprintOf(key),
    userIds: key.getUserIDs(),
    algorithm: describe((encrypting[0] ?? key).getAlgorithmInfo()),
    created: key.getCreationTime().toISOString(),
    ...(expiresMs === undefined ? {} : { expiresMs }),
    canEncrypt: usable,
    canSign: await canSign(key),
    isPrivate: key.isPrivate(),
    revoked,
    ...(defect === undefined ? {} : { defect }),
  };
}

/** Key ids, as in the packets of a message, under which `key` may be addressed. */
export async function encryptionKeyIds(key: Key): Promise<string[]> {
  return (await encryptionParts(key)).map((part) => part.getKeyID().toHex());
}

/** The parts that were made for encryption, whether or not they still hold, newest first. */
async function encryptionParts(key: Key): Promise<(Key | Subkey)[]> {
  const parts: (Key | Subkey)[] = [];
  for (const subkey of key.subkeys) {
    const flags = subkey.bindingSignatures.flatMap((binding) => [...(binding.keyFlags ?? [])]);
    if (flags.some(encrypts)) parts.push(subkey);
  }
  const own = await primaryFlags(key);
  if (own.some(encrypts)) parts.push(key);
  return parts.sort((a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime());
}

async function primaryFlags(key: Key): Promise<number[]> {
  try {
    const { selfCertification } = await key.getPrimaryUser(undefined, undefined);
    return [...(selfCertification.keyFlags ?? [])];
  } catch {
    return [];
  }
}

function encrypts(flags: number): boolean {
  return (flags & (enums.keyFlags.encryptCommunication | enums.keyFlags.encryptStorage)) !== 0;
}

/** Encryption ends with the primary key, or with the last of the parts that encrypt. */
async function encryptionEndMs(key: Key, parts: readonly (Key | Subkey)[]): Promise<number | undefined> {
  const ends = await Promise.all(parts.map((part) => endOf(part)));
  const last = ends.length === 0 ? Infinity : Math.max(...ends);
  const end = Math.min(await endOf(key), last);
  return Number.isFinite(end) ? end : undefined;
}

async function endOf(part: Key | Subkey): Promise<number> {
  const end = await part.getExpirationTime();
  return end instanceof Date ? end.getTime() : Infinity;
}

async function usableForEncryption(key: Key): Promise<boolean> {
  return key.getEncryptionKey().then(
    () => true,
    () => false,
  );
}

async function canSign(key: Key): Promise<boolean> {
  return key.getSigningKey().then(
    () => true,
    () => false,
  );
}

interface Judged {
  readonly revoked: boolean;
  readonly encrypting: readonly (Key | Subkey)[];
  readonly usable: boolean;
  readonly expiresMs: number | undefined;
}

const SMALLEST_RSA_BITS = 3072;

async function defectOf(
  key: Key,
  { revoked, encrypting, usable, expiresMs }: Judged,
): Promise<string | undefined> {
  if (key.keyPacket.version !== 4)
    return `is a version ${String(key.keyPacket.version)} key, which GnuPG cannot use`;
  if (revoked) return 'is revoked';
  if (!usable && (await ended(key, expiresMs)))
    return `expired on ${new Date(expiresMs ?? 0).toISOString().slice(0, 10)}`;
  if (encrypting.length === 0) return 'can sign but not encrypt';
  for (const part of [key, await chosen(key)]) {
    const weak = part === undefined ? undefined : weakness(part.getAlgorithmInfo());
    if (weak !== undefined) return weak;
  }
  return usable ? undefined : 'has no valid subkey for encryption';
}

/** It worked until its end, so the end is what stops it. */
async function ended(key: Key, expiresMs: number | undefined): Promise<boolean> {
  if (expiresMs === undefined) return false;
  return key.getEncryptionKey(undefined, new Date(expiresMs - 1_000)).then(
    () => true,
    () => false,
  );
}

async function chosen(key: Key): Promise<Key | Subkey | undefined> {
  return key.getEncryptionKey().catch(() => undefined);
}

/** What every GnuPG since 2.1 and openpgp.js both read. */
function weakness(algorithm: AlgorithmInfo): string | undefined {
  const { algorithm: name, bits = 0, curve } = algorithm;
  if (name.startsWith('rsa')) {
    return bits >= SMALLEST_RSA_BITS
      ? undefined
      : `is an RSA key of ${String(bits)} bits; at least ${String(SMALLEST_RSA_BITS)} are needed`;
  }
  if (name === 'eddsaLegacy' || (name === 'ecdh' && curve === 'curve25519Legacy')) return undefined;
  return `uses ${describe(algorithm)}; RSA of 3072 bits or more, or Ed25519 with Curve25519 in the legacy encoding, is needed`;
}

function describe({ algorithm, bits, curve }: AlgorithmInfo): string {
  if (bits !== undefined) return `${algorithm} ${String(bits)}`;
  return curve === undefined ? algorithm : `${algorithm} ${curve}`;
}
