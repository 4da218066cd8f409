/** What precedes the encrypted body of an OpenPGP message. */
export interface MessageHead {
  /** Key ids of the v3 public-key encrypted session keys, lower-case hex, in order. */
  readonly keyIds: readonly string[];
  /** Passphrase-encrypted session keys. */
  readonly passphrases: number;
  /** Bytes before the body packet. */
  readonly bodyOffset: number;
}

export type HeadReading =
  | { readonly kind: 'head'; readonly head: MessageHead }
  /** The bytes so far are right, but end too early. */
  | { readonly kind: 'more' }
  | { readonly kind: 'foreign'; readonly reason: string };

const PKESK = 1;
const SKESK = 3;
const SEIPD = 18;

/** Enough for hundreds of recipients; whatever needs more is not a message of ours. */
export const MAX_HEAD_BYTES = 262_144;

/**
 * Reads the packets up to the body, which must be integrity-protected data of version 1 (RFC 4880,
 * 5.13): the one form that GnuPG 2.2 and later and openpgp.js all read.
 */
export function readHead(bytes: Uint8Array): HeadReading {
  const keyIds: string[] = [];
  let passphrases = 0;
  for (let offset = 0; ;) {
    const packet = readPacketHeader(bytes, offset);
    if (packet === 'more') return tooLong(bytes);
    if (packet === 'foreign') return foreign('does not start with OpenPGP packets');
    const { tag, body, length } = packet;
    if (tag === SEIPD) return readBody({ bytes, body, head: { keyIds, passphrases, bodyOffset: offset } });
    if (tag !== PKESK && tag !== SKESK) return foreign(`has a packet of type ${String(tag)} before the body`);
    if (length === undefined) return foreign('has a session key without a length');
    if (body + length > bytes.length) return tooLong(bytes);
    if (tag === SKESK) passphrases += 1;
    else if (bytes[body] === 3 && length >= 10)
      keyIds.push(Buffer.from(bytes.subarray(body + 1, body + 9)).toString('hex'));
    else return foreign('has a session key packet that is not of version 3');
    offset = body + length;
  }
}

function readBody({
  bytes,
  body,
  head,
}: {
  bytes: Uint8Array;
  body: number;
  head: MessageHead;
}): HeadReading {
  if (body >= bytes.length) return tooLong(bytes);
  return bytes[body] === 1 ? { kind: 'head', head } : foreign('has a body that is not of version 1');
}

export interface PacketHeader {
  readonly tag: number;
  /** Offset of the first body byte. */
  readonly body: number;
  /** Absent for partial and indeterminate lengths. */
  readonly length?: number;
}

/** Both header formats of RFC 4880, 4.2. */
export function readPacketHeader(bytes: Uint8Array, offset: number): PacketHeader | 'more' | 'foreign' {
  const first = bytes[offset];
  if (first === undefined) return 'more';
  if ((first & 0x80) === 0) return 'foreign';
  return (first & 0x40) === 0 ? oldFormat(bytes, offset, first) : newFormat(bytes, offset, first);
}

function oldFormat(bytes: Uint8Array, offset: number, first: number): PacketHeader | 'more' {
  const tag = (first >> 2) & 0x0f;
  const lengthType = first & 3;
  if (lengthType === 3) return { tag, body: offset + 1 };
  const size = 1 << lengthType;
  if (offset + 1 + size > bytes.length) return 'more';
  const length = Buffer.from(bytes.subarray(offset + 1, offset + 1 + size)).readUIntBE(0, size);
  return { tag, body: offset + 1 + size, length };
}

function newFormat(bytes: Uint8Array, offset: number, first: number): PacketHeader | 'more' {
  const tag = first & 0x3f;
  const one = bytes[offset + 1];
  if (one === undefined) return 'more';
  if (one < 192) return { tag, body: offset + 2, length: one };
  if (one >= 224 && one < 255) return { tag, body: offset + 2 };
  const size = one === 255 ? 5 : 2;
  if (offset + 1 + size > bytes.length) return 'more';
  const rest = Buffer.from(bytes.subarray(offset + 2, offset + 1 + size));
  const length = one === 255 ? rest.readUInt32BE(0) : ((one - 192) << 8) + rest.readUInt8(0) + 192;
  return { tag, body: offset + 1 + size, length };
}

function tooLong(bytes: Uint8Array): HeadReading {
  return bytes.length < MAX_HEAD_BYTES ? { kind: 'more' } : foreign('has too many packets before the body');
}

function foreign(reason: string): HeadReading {
  return { kind: 'foreign', reason };
}
