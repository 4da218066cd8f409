import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { PublicKey } from 'openpgp';
import { readPacketHeader } from './message-head.ts';

/**
 * Accepts the one form of signature that this program itself writes, many times faster than the
 * library does: version 4, binary, SHA-512, Ed25519 by the primary key (RFC 4880, 5.2.3 and 5.2.4;
 * draft-koch-eddsa-for-openpgp). Whatever it does not accept is not rejected, but left to the library.
 */
export interface QuickVerifier {
  /** When it was made, epoch milliseconds; undefined where the library has to judge. */
  accepts(payload: Uint8Array, signature: Uint8Array): number | undefined;
}

const EDDSA_LEGACY = 22;
const SHA512 = 10;
const SIGNATURE_TAG = 2;
const POINT_BYTES = 32;
/** The DER of a public key in front of its 32 bytes (RFC 8410). */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_OID = '2b06010401da470f01';

/** Undefined for other kinds of keys, and for a primary key that may not sign. */
export async function createQuickVerifier(key: PublicKey): Promise<QuickVerifier | undefined> {
  const point = pointOf(key);
  if (point === undefined || !(await primarySigns(key))) return undefined;
  const spki = Buffer.concat([SPKI_ED25519, point]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const fingerprint = Buffer.from(key.getFingerprint(), 'hex');
  return {
    accepts: (payload, signature) => check({ publicKey, fingerprint }, payload, Buffer.from(signature)),
  };
}

async function primarySigns(key: PublicKey): Promise<boolean> {
  try {
    const signing = await key.getSigningKey(key.getKeyID(), AT_ANY_TIME);
    return signing.getFingerprint() === key.getFingerprint();
  } catch {
    return false;
  }
}

/** The library takes null for it, which its declaration omits. */
const AT_ANY_TIME = null as unknown as Date;

function pointOf({ keyPacket }: PublicKey): Buffer | undefined {
  const { algorithm, publicParams } = keyPacket as unknown as {
    readonly algorithm: number;
    readonly publicParams: { readonly oid?: { toHex(): string }; readonly Q?: Uint8Array };
  };
  const { oid, Q } = publicParams;
  if (algorithm !== EDDSA_LEGACY || oid?.toHex() !== ED25519_OID) return undefined;
  return Q?.length === POINT_BYTES + 1 && Q[0] === 0x40 ? Buffer.from(Q.subarray(1)) : undefined;
}

interface Pinned {
  readonly publicKey: KeyObject;
  readonly fingerprint: Buffer;
}

function check({ publicKey, fingerprint }: Pinned, payload: Uint8Array, packet: Buffer): number | undefined {
  const header = readPacketHeader(packet, 0);
  if (typeof header === 'string' || header.tag !== SIGNATURE_TAG || header.length === undefined)
    return undefined;
  if (header.body + header.length !== packet.length) return undefined;
  const body = packet.subarray(header.body);
  const parts = split(body);
  if (parts === undefined) return undefined;
  const facts = factsOf(parts.subpackets);
  if (facts === undefined || !facts.issuer.equals(fingerprint)) return undefined;
  const digest = digestOf(payload, parts.hashed);
  if (!digest.subarray(0, 2).equals(parts.left)) return undefined;
  return verify(null, digest, publicKey, parts.numbers) ? facts.createdMs : undefined;
}

interface SignatureParts {
  /** Version, type, algorithms and the signed subpackets: what the digest covers. */
  readonly hashed: Buffer;
  readonly subpackets: Buffer;
  readonly left: Buffer;
  /** R and S, 32 bytes each. */
  readonly numbers: Buffer;
}

const FIXED_BYTES = 6;

function split(body: Buffer): SignatureParts | undefined {
  const wanted = Buffer.from([4, 0, EDDSA_LEGACY, SHA512]);
  if (body.length < FIXED_BYTES || !body.subarray(0, wanted.length).equals(wanted)) return undefined;
  const hashedEnd = FIXED_BYTES + body.readUInt16BE(4);
  if (body.length < hashedEnd + 2) return undefined;
  const unhashedEnd = hashedEnd + 2 + body.readUInt16BE(hashedEnd);
  const numbers = numbersOf(body.subarray(unhashedEnd + 2));
  if (numbers === undefined) return undefined;
  const left = body.subarray(unhashedEnd, unhashedEnd + 2);
  return {
    hashed: body.subarray(0, hashedEnd),
    subpackets: body.subarray(FIXED_BYTES, hashedEnd),
    left,
    numbers,
  };
}

/** Two integers with a bit count in front, and nothing after them. */
function numbersOf(bytes: Buffer): Buffer | undefined {
  const numbers = Buffer.alloc(2 * POINT_BYTES);
  let offset = 0;
  for (const end of [POINT_BYTES, 2 * POINT_BYTES]) {
    if (bytes.length < offset + 2) return undefined;
    const length = Math.ceil(bytes.readUInt16BE(offset) / 8);
    offset += 2;
    if (length > POINT_BYTES || bytes.length < offset + length) return undefined;
    bytes.copy(numbers, end - length, offset, offset + length);
    offset += length;
  }
  return offset === bytes.length ? numbers : undefined;
}

const CREATED = 2;
const ISSUER_KEY_ID = 16;
const NOTATION = 20;
const ISSUER_FINGERPRINT = 33;
const SHORT_LENGTH = 192;

/** Time and issuer; undefined where anything else is said that could matter. */
function factsOf(subpackets: Buffer): { readonly createdMs: number; readonly issuer: Buffer } | undefined {
  let createdMs: number | undefined;
  let issuer: Buffer | undefined;
  for (let offset = 0; offset < subpackets.length;) {
    const length = subpackets[offset] ?? 0;
    const content = subpackets.subarray(offset + 1, offset + 1 + length);
    if (length === 0 || length >= SHORT_LENGTH || content.length !== length) return undefined;
    // The highest bit says that whoever does not know the type must refuse the signature.
    const type = (content[0] ?? 0) & 0x7f;
    if (type === CREATED && length === 5) createdMs = content.readUInt32BE(1) * 1000;
    else if (type === ISSUER_FINGERPRINT && content[1] === 4) issuer = content.subarray(2);
    else if (type !== ISSUER_KEY_ID && content[0] !== NOTATION) return undefined;
    offset += 1 + length;
  }
  return createdMs === undefined || issuer === undefined ? undefined : { createdMs, issuer };
}

function digestOf(payload: Uint8Array, hashed: Buffer): Buffer {
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(hashed.length, 2);
  return createHash('sha512').update(payload).update(hashed).update(trailer).digest();
}
