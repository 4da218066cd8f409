import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCrc64 } from '../../../src/resources/redis/crc64.ts';
import { createRdbScanner, type Rdb } from '../../../src/resources/redis/rdb-scanner.ts';

/** The bits of the definition, one at a time. */
function slowCrc(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
  }
  return crc;
}

function crcOf(bytes: Uint8Array): Buffer {
  const crc = Buffer.alloc(8);
  crc.writeBigUInt64LE(slowCrc(bytes));
  return crc;
}

/** A dump with anything between its header and its end. */
function dumpOf(data: Uint8Array, checksum = true): Buffer {
  const body = Buffer.concat([Buffer.from('REDIS0010'), data, Buffer.from([0xff])]);
  return Buffer.concat([body, checksum ? crcOf(body) : Buffer.alloc(8)]);
}

function scan(bytes: Buffer, cuts: readonly number[] = []): Rdb | string {
  const scanner = createRdbScanner();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < places.length; at++) scanner.push(bytes.subarray(places[at - 1], places[at]));
  return scanner.finish();
}

const anything = fc.uint8Array({ maxLength: 300 });
const mark = fc.uint8Array({ minLength: 40, maxLength: 40 });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('the checksum of a dump', () => {
  it('is the one that Redis computes', () => {
    const crc = createCrc64();
    crc.update(Buffer.from('123456789'));
    expect(crc.digest().readBigUInt64LE().toString(16)).toBe('e9c6d914c4b8d9ca');
  });

  it('does not depend on how the bytes arrive', () => {
    fc.assert(
      fc.property(anything, anything, (first, second) => {
        const crc = createCrc64();
        crc.update(first);
        const branch = crc.clone();
        crc.update(second);
        expect(crc.digest()).toEqual(crcOf(Buffer.concat([first, second])));
        expect(branch.digest()).toEqual(crcOf(first));
      }),
    );
  });
});

describe('a dump that streams by', () => {
  it('is whole with its checksum, with and without a mark behind it, in any pieces', () => {
    fc.assert(
      fc.property(anything, mark, cuts, (data, behind, places) => {
        const dump = dumpOf(data);
        expect(scan(dump, places)).toEqual({ bytes: dump.length, trailing: 0, hasChecksum: true });
        const marked = Buffer.concat([dump, behind]);
        expect(scan(marked, places)).toEqual({ bytes: dump.length, trailing: 40, hasChecksum: true });
      }),
    );
  });

  it('is whole without a checksum where the server writes none', () => {
    const dump = dumpOf(Buffer.from('some keys'), false);
    expect(scan(dump)).toEqual({ bytes: dump.length, trailing: 0, hasChecksum: false });
  });

  it('is never whole when its end is missing', () => {
    fc.assert(
      fc.property(anything, fc.nat(), (data, cut) => {
        const dump = dumpOf(data);
        expect(scan(dump.subarray(0, cut % dump.length))).toBeTypeOf('string');
      }),
    );
  });

  it('is not whole when a bit of it is another one', () => {
    fc.assert(
      fc.property(anything, fc.nat(), fc.integer({ min: 0, max: 7 }), (data, place, bit) => {
        const dump = dumpOf(data);
        const at = place % dump.length;
        dump[at] = (dump[at] ?? 0) ^ (1 << bit);
        const found = scan(dump);
        if (typeof found !== 'string') expect(found).toBe('a dump that was changed');
      }),
    );
  });

  it('is no dump when it begins as something else', () => {
    expect(scan(Buffer.from('-ERR no such thing'))).toBe('does not begin as a dump of Redis does');
    expect(scan(Buffer.alloc(0))).toBe('does not begin as a dump of Redis does');
  });
});
