import { createCrc64, type Crc64 } from './crc64.ts';

/** A dump that is whole. Format: https://github.com/redis/redis/blob/7.0/src/rdb.h */
export interface Rdb {
  /** Length of the dump itself. */
  readonly bytes: number;
  /**
   * Bytes behind it: a server that sends a dump without writing it to disk does not know its length,
   * ends it with a mark, and redis-cli leaves the mark there where it writes to stdout.
   */
  readonly trailing: number;
  /** False where the server was told to write no checksum; the end of the dump is all that shows then. */
  readonly hasChecksum: boolean;
}

/** Looks at a dump while it streams by. */
export interface RdbScanner {
  push(chunk: Uint8Array): void;
  /** What is wrong, or the dump. */
  finish(): Rdb | string;
}

const MAGIC = /^(REDIS|VALKEY)\d{3,4}/;
const MAGIC_BYTES = 9;
const CHECKSUM_BYTES = 8;
/** RDB_EOF_MARK_SIZE of redis-cli. */
const MARK_BYTES = 40;
const OPCODE_EOF = 0xff;
/** Until the end it is not known whether these are the mark, the checksum or data. */
const HELD_BYTES = CHECKSUM_BYTES + MARK_BYTES;

export function createRdbScanner(): RdbScanner {
  const crc = createCrc64();
  let head = Buffer.alloc(0);
  let held = Buffer.alloc(0);
  let last = -1;
  let passed = 0;
  const take = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    crc.update(bytes);
    last = bytes.at(-1) ?? last;
    passed += bytes.length;
  };
  return {
    push(chunk) {
      if (head.length < MAGIC_BYTES) {
        head = Buffer.concat([head, chunk.subarray(0, MAGIC_BYTES - head.length)]);
      }
      const known = held.length + chunk.length - HELD_BYTES;
      if (known <= 0) {
        held = Buffer.concat([held, chunk]);
        return;
      }
      const fromHeld = Math.min(known, held.length);
      take(held.subarray(0, fromHeld));
      take(chunk.subarray(0, known - fromHeld));
      held = Buffer.concat([held.subarray(fromHeld), chunk.subarray(known - fromHeld)]);
    },
    finish() {
      if (!MAGIC.test(head.toString('latin1'))) return 'does not begin as a dump of Redis does';
      return endOf({ crc, held, last, passed });
    },
  };
}

interface Seen {
  /** Of everything but what is held. */
  readonly crc: Crc64;
  readonly held: Buffer;
  /** The byte before what is held. */
  readonly last: number;
  readonly passed: number;
}

/** With a mark behind it and without, first with a checksum that fits, then with none. */
function endOf({ crc, held, last, passed }: Seen): Rdb | string {
  const plain = crc.clone();
  const rest = Math.max(0, held.length - CHECKSUM_BYTES);
  plain.update(held.subarray(0, rest));
  const ends = [
    { crc: plain, at: rest, before: rest > 0 ? held[rest - 1] : last, trailing: 0 },
    { crc, at: 0, before: last, trailing: MARK_BYTES },
  ].filter(({ before, trailing }) => before === OPCODE_EOF && (trailing === 0 || held.length === HELD_BYTES));
  for (const hasChecksum of [true, false]) {
    for (const end of ends) {
      const stored = held.subarray(end.at, end.at + CHECKSUM_BYTES);
      const wanted = hasChecksum ? end.crc.digest() : Buffer.alloc(CHECKSUM_BYTES);
      if (stored.equals(wanted))
        return { bytes: passed + end.at + CHECKSUM_BYTES, trailing: end.trailing, hasChecksum };
    }
  }
  return ends.length === 0
    ? 'ends before the end of the dump'
    : 'has another checksum than it should, or ends too early';
}
