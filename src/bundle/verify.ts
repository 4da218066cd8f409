import { createMessage, enums, readSignature, verify } from 'openpgp';
import type { Message, PublicKey, SignaturePacket } from 'openpgp';
import type { TrustedSigner, Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { SignerRole } from '../domain/plan.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { fingerprintOf, loadKey } from './key-file.ts';
import { readPacketHeader } from './message-head.ts';
import { createQuickVerifier, type QuickVerifier } from './quick-signature.ts';

interface PinnedKey {
  readonly signer: TrustedSigner;
  readonly key: PublicKey;
  readonly quick: QuickVerifier | undefined;
}

/** Loads the pinned keys; whoever is not among them does not exist. */
export async function createVerifier(signers: readonly TrustedSigner[]): Promise<Result<Verifier>> {
  const pinned = new Map<string, PinnedKey>();
  for (const signer of signers) {
    const loaded = await loadKey(signer.keyFile, 'SIGNER_UNUSABLE');
    if (!loaded.ok) return loaded;
    const key = loaded.value.key.toPublic();
    pinned.set(fingerprintOf(key), { signer, key, quick: await createQuickVerifier(key) });
  }
  return ok({
    async verify(payload, signature, fingerprint, role) {
      const trusted = pinned.get(fingerprint);
      if (trusted === undefined)
        return rejected(`the signer ${shortened(fingerprint)} is not one of the signing keys of the plan`);
      const unable = reasonAgainst(trusted.signer, role);
      if (unable !== undefined) return rejected(unable);
      return verifyDetached(trusted, payload, signature);
    },
  });
}

function reasonAgainst({ name, may }: TrustedSigner, role: SignerRole): string | undefined {
  return may.includes(role) ? undefined : `the signer ${name} has no ${role} role`;
}

async function verifyDetached(
  { signer, key, quick }: PinnedKey,
  payload: Uint8Array,
  signature: Uint8Array,
): Promise<Result<TrustedSigner>> {
  const quicklyMs = quick?.accepts(payload, signature);
  if (quicklyMs !== undefined && !isTooLate(signer, quicklyMs)) return ok(signer);
  const packet = await onlySignature(signature);
  if (packet === undefined)
    return rejected('the signature is not one detached binary signature of version 4 with SHA-512');
  const createdMs = packet.created?.getTime() ?? 0;
  if (isTooLate(signer, createdMs)) {
    return rejected(`the key of ${signer.name} was no longer accepted when this was signed`);
  }
  try {
    const message: unknown = await createMessage({ binary: new Uint8Array(payload), format: 'binary' });
    const [result] = (
      await verify({
        message: message as Message<Uint8Array>,
        signature: await readSignature({ binarySignature: new Uint8Array(signature) }),
        verificationKeys: key,
        format: 'binary',
        // A record is judged at the time of its signature: keys expire, and clocks of writers differ.
        date: AT_ANY_TIME,
      })
    ).signatures;
    await result?.verified;
    return result === undefined ? rejected('there is no signature') : ok(signer);
  } catch {
    return rejected(`the signature is not a valid one of ${signer.name}`);
  }
}

function isTooLate({ untilMs }: TrustedSigner, createdMs: number): boolean {
  return untilMs !== undefined && createdMs > untilMs;
}

/** The library takes null for it, which its declaration omits. */
const AT_ANY_TIME = null as unknown as Date;

/** Anything around or beside the one packet would be bytes that nobody signed. */
async function onlySignature(bytes: Uint8Array): Promise<SignaturePacket | undefined> {
  const header = readPacketHeader(bytes, 0);
  if (typeof header === 'string' || header.tag !== SIGNATURE_TAG) return undefined;
  if (header.length === undefined || header.body + header.length !== bytes.length) return undefined;
  try {
    const [packet] = (await readSignature({ binarySignature: new Uint8Array(bytes) })).packets;
    return packet !== undefined && isOfFormat(packet) ? packet : undefined;
  } catch {
    return undefined;
  }
}

const SIGNATURE_TAG = 2;

function isOfFormat({ version, signatureType, hashAlgorithm }: SignaturePacket): boolean {
  return version === 4 && signatureType === enums.signature.binary && hashAlgorithm === enums.hash.sha512;
}

function shortened(fingerprint: string): string {
  return /^[0-9A-F]{16,64}$/.test(fingerprint) ? fingerprint : '(malformed)';
}

function rejected(message: string): ReturnType<typeof failed> {
  return failed(failure('RECORD_REJECTED', message));
}
