import { createHash } from 'node:crypto';
import type { Signer, TrustedSigner, Verifier } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { SignerRole } from '../domain/plan.ts';
import { failed, ok, type Failed, type Result } from '../domain/result.ts';
import { parseExactJson } from './exact-json.ts';
import { listOf, matching, object, text } from './shape.ts';

/** Larger objects are no records. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
const SIGNER_ROLES: readonly SignerRole[] = ['write', 'apply', 'prune'];
const MAX_SIGNATURES = 4;
const MAX_SIGNATURE_CHARACTERS = 16_384;

/** `payload` and `signature` are canonical base64; the signature covers the payload's bytes. */
interface Envelope {
  readonly payload: string;
  readonly signatures: readonly EnvelopeSignature[];
}

interface EnvelopeSignature {
  readonly fingerprint: string;
  readonly signature: string;
}

export interface OpenedEnvelope {
  /** Parsed from the bytes that were verified, and from no others. */
  readonly payload: unknown;
  /** Hex SHA-256 of the payload bytes: the identity of the record. */
  readonly payloadSha256: string;
  /** Fingerprint of the first signer. */
  readonly signer: string;
  /** What every one of its signers may do. */
  readonly may: readonly SignerRole[];
}

const envelope = object<Envelope>({
  payload: text(MAX_RECORD_BYTES),
  signatures: listOf(
    object<EnvelopeSignature>({
      fingerprint: matching(/^[0-9A-F]{40}$|^[0-9A-F]{64}$/, 'a fingerprint'),
      signature: text(MAX_SIGNATURE_CHARACTERS),
    }),
    MAX_SIGNATURES,
  ),
});

/** Record and signature in one object, so that they cannot be torn apart. */
export async function sealEnvelope(signer: Signer, payload: unknown): Promise<Result<Buffer>> {
  const bytes = Buffer.from(JSON.stringify(payload));
  const signature = await signer.sign(bytes);
  if (!signature.ok) return signature;
  const sealed: Envelope = {
    payload: bytes.toString('base64'),
    signatures: [
      { fingerprint: signer.fingerprint, signature: Buffer.from(signature.value).toString('base64') },
    ],
  };
  const sealedBytes = Buffer.from(JSON.stringify(sealed));
  if (sealedBytes.length > MAX_RECORD_BYTES)
    return failed(failure('SIZE_LIMIT', 'a signed record would exceed 4 MiB'));
  return ok(sealedBytes);
}

/** Accepts only when every signature in it is a pinned signer's who has the role, or one of them. */
export async function openEnvelope(
  verifier: Verifier,
  bytes: Uint8Array,
  role: SignerRole | readonly SignerRole[],
): Promise<Result<OpenedEnvelope>> {
  const parsed = parseEnvelope(bytes);
  if (!parsed.ok) return parsed;
  const payload = decodeBase64(parsed.value.payload);
  if (payload === undefined) return rejected('payload is not canonical base64');
  let may: readonly SignerRole[] = SIGNER_ROLES;
  for (const signature of parsed.value.signatures) {
    const verified = await verifyOne(verifier, payload, { ...signature, roles: [role].flat() });
    if (!verified.ok) return verified;
    may = may.filter((one) => verified.value.may.includes(one));
  }
  const json = parseExactJson(payload);
  if (!json.ok) return rejected(`payload ${json.problem}`);
  return ok({
    payload: json.value,
    payloadSha256: createHash('sha256').update(payload).digest('hex'),
    signer: parsed.value.signatures[0]?.fingerprint ?? '',
    may,
  });
}

/** A role that the signer lacks is noticed before anything is computed, so trying them costs nothing. */
async function verifyOne(
  verifier: Verifier,
  payload: Buffer,
  { fingerprint, signature, roles }: EnvelopeSignature & { readonly roles: readonly SignerRole[] },
): Promise<Result<TrustedSigner>> {
  const bytes = decodeBase64(signature);
  if (bytes === undefined) return rejected('signature is not canonical base64');
  let refused: Result<TrustedSigner> = rejected('no role is asked for');
  for (const role of roles) {
    refused = await verifier.verify(payload, bytes, fingerprint, role);
    if (refused.ok) return refused;
  }
  return refused;
}

function parseEnvelope(bytes: Uint8Array): Result<Envelope> {
  if (bytes.length > MAX_RECORD_BYTES) return rejected('record is larger than 4 MiB');
  const json = parseExactJson(bytes);
  if (!json.ok) return rejected(`record ${json.problem}`);
  const problem = envelope(json.value, 'record');
  if (problem !== undefined) return rejected(problem);
  const value = json.value as Envelope;
  return value.signatures.length === 0 ? rejected('record is not signed') : ok(value);
}

function decodeBase64(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.toString('base64') === encoded ? bytes : undefined;
}

function rejected(message: string): Failed {
  return failed(failure('RECORD_REJECTED', message));
}
