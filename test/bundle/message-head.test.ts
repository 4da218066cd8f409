import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HEAD_BYTES, readHead, readPacketHeader } from '../../src/bundle/message-head.ts';

/** A v3 session key packet for this key id, with an old or new format header. */
function sessionKey(keyId: string, { old = false, version = 3 } = {}): Buffer {
  const body = Buffer.concat([Buffer.from([version]), Buffer.from(keyId, 'hex'), Buffer.alloc(40, 18)]);
  return Buffer.concat([Buffer.from(old ? [0x85, 0, body.length] : [0xc1, body.length]), body]);
}

const ONE = '0011223344556677';
const TWO = '8899aabbccddeeff';
/** Partial length, version 1. */
const BODY = Buffer.from([0xd2, 0xed, 1, 42, 42]);

describe('the head of a message', () => {
  it('lists whom the message addresses, in both header formats', () => {
    const bytes = Buffer.concat([sessionKey(ONE), sessionKey(TWO, { old: true }), BODY]);
    const bodyOffset = bytes.length - BODY.length;
    expect(readHead(bytes)).toEqual({
      kind: 'head',
      head: { keyIds: [ONE, TWO], passphrases: 0, bodyOffset },
    });
  });

  it('counts passphrases', () => {
    const passphrase = Buffer.from([0xc3, 4, 4, 9, 3, 8]);
    expect(readHead(Buffer.concat([passphrase, BODY]))).toMatchObject({
      head: { passphrases: 1, keyIds: [] },
    });
  });

  it('asks for more where it is cut anywhere', () => {
    const bytes = Buffer.concat([sessionKey(ONE), sessionKey(TWO), BODY.subarray(0, 3)]);
    for (let end = 0; end < bytes.length; end++)
      expect(readHead(bytes.subarray(0, end)).kind, `cut at ${end}`).toBe('more');
    expect(readHead(bytes).kind).toBe('head');
  });

  it.each([
    ['text', Buffer.from('hello'), 'does not start with OpenPGP packets'],
    ['a literal packet', Buffer.from([0xcb, 3, 1, 2, 3]), 'has a packet of type 11 before the body'],
    [
      'an AEAD body',
      Buffer.concat([sessionKey(ONE), Buffer.from([0xd4, 5, 1])]),
      'has a packet of type 20 before the body',
    ],
    [
      'an unprotected body',
      Buffer.concat([sessionKey(ONE), Buffer.from([0xc9, 5, 1])]),
      'has a packet of type 9 before the body',
    ],
    [
      'a version 2 body',
      Buffer.concat([sessionKey(ONE), Buffer.from([0xd2, 5, 2])]),
      'has a body that is not of version 1',
    ],
    [
      'a version 6 session key',
      sessionKey(ONE, { version: 6 }),
      'has a session key packet that is not of version 3',
    ],
    ['a session key without a length', Buffer.from([0xc1, 0xe1, 3]), 'has a session key without a length'],
    [
      'a session key that never ends',
      Buffer.concat([Buffer.from([0xc1, 255, 0x7f, 0, 0, 0]), Buffer.alloc(MAX_HEAD_BYTES)]),
      'has too many packets before the body',
    ],
  ])('refuses %s', (_what, bytes, reason) => {
    expect(readHead(bytes)).toEqual({ kind: 'foreign', reason });
  });

  it('says something about any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(['head', 'more', 'foreign']).toContain(readHead(bytes).kind);
      }),
    );
  });
});

describe('a packet header', () => {
  it.each([
    [[0xc1, 191], 191, 2],
    [[0xc1, 192, 0], 192, 3],
    [[0xc1, 223, 255], 8383, 3],
    [[0xc1, 255, 0, 1, 0, 0], 65_536, 6],
    [[0x84, 7], 7, 2],
    [[0x85, 1, 0], 256, 3],
    [[0x86, 0, 1, 0, 0], 65_536, 5],
    [[0x87], undefined, 1],
    [[0xc1, 224], undefined, 2],
  ])('%j', (bytes, length, body) => {
    expect(readPacketHeader(Uint8Array.from(bytes), 0)).toEqual({
      tag: 1,
      body,
      ...(length === undefined ? {} : { length }),
    });
  });
});
