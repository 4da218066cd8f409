/**
 * CRC-64 as Redis ends its dumps (polynomial 0xad93d23594c935a9, reflected, no initial and no final
 * inversion; "123456789" gives e9c6d914c4b8d9ca). JavaScript has no fast 64-bit integers, so that a
 * value is two halves, and eight bytes go through eight tables at once.
 */
export interface Crc64 {
  update(bytes: Uint8Array): void;
  /** Eight bytes, little-endian, as they lie in a dump. */
  digest(): Buffer;
  clone(): Crc64;
}

export function createCrc64(low = 0, high = 0): Crc64 {
  return {
    update(bytes) {
      let at = 0;
      for (const until = bytes.length - 7; at < until; at += 8) {
        const first = low ^ word(bytes, at);
        const second = high ^ word(bytes, at + 4);
        low = eightOf(LOW, first, second);
        high = eightOf(HIGH, first, second);
      }
      for (; at < bytes.length; at++) {
        const index = (low ^ (bytes[at] ?? 0)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
        high = (high >>> 8) ^ (HIGH[index] ?? 0);
      }
    },
    digest() {
      const digest = Buffer.alloc(8);
      digest.writeInt32LE(low | 0, 0);
      digest.writeInt32LE(high | 0, 4);
      return digest;
    },
    clone: () => createCrc64(low, high),
  };
}

/** 0x95ac9329ac4bc9b5 is the polynomial with its bits the other way round. */
const POLYNOMIAL = { low: 0xac4bc9b5 | 0, high: 0x95ac9329 | 0 };

/** Eight tables of 256 entries, one after the other: table n is for a byte with n more behind it. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);
for (let index = 0; index < 256; index++) {
  let low = index;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = (low & 1) !== 0;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= POLYNOMIAL.low;
      high ^= POLYNOMIAL.high;
    }
  }
  LOW[index] = low;
  HIGH[index] = high;
}
for (let index = 256; index < LOW.length; index++) {
  const low = LOW[index - 256] ?? 0;
  const high = HIGH[index - 256] ?? 0;
  LOW[index] = ((low >>> 8) | (high << 24)) ^ (LOW[low & 0xff] ?? 0);
  HIGH[index] = (high >>> 8) ^ (HIGH[low & 0xff] ?? 0);
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function eightOf(table: Int32Array, first: number, second: number): number {
  return (
    (table[1792 + (first & 0xff)] ?? 0) ^
    (table[1536 + ((first >>> 8) & 0xff)] ?? 0) ^
    (table[1280 + ((first >>> 16) & 0xff)] ?? 0) ^
    (table[1024 + (first >>> 24)] ?? 0) ^
    (table[768 + (second & 0xff)] ?? 0) ^
    (table[512 + ((second >>> 8) & 0xff)] ?? 0) ^
    (table[256 + ((second >>> 16) & 0xff)] ?? 0) ^
    (table[second >>> 24] ?? 0)
  );
}
