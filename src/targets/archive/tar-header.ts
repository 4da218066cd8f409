export const BLOCK_BYTES = 512;

/** One header block of a tar archive (POSIX ustar and what GNU tar writes for such members). */
export interface Header {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** `0` a regular file, `5` a directory, `x` records about the next member. */
  readonly type: string;
}

/** Undefined where the block is no header: its sum is wrong or a field is not a number. */
export function readHeader(block: Buffer): Header | undefined {
  const sizeBytes = octal(block, 124, 12);
  const seconds = octal(block, 136, 12);
  const sum = octal(block, 148, 8);
  if (sizeBytes === undefined || seconds === undefined || sum !== sumOf(block)) return undefined;
  const isPosix = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isPosix && block[262] === 0 ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const type = block.toString('latin1', 156, 157).replace('\0', '0');
  return { name: prefix === '' ? name : `${prefix}/${name}`, sizeBytes, modifiedMs: seconds * 1000, type };
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

/** `LENGTH key=value\n`, one after another; undefined where that is not what stands there. */
export function readPaxRecords(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length;) {
    const space = bytes.indexOf(0x20, start);
    const digits = space === -1 ? '' : bytes.toString('latin1', start, space);
    const end = start + Number(digits);
    const isWhole =
      /^[1-9]\d{0,5}$/.test(digits) && end <= bytes.length && end > space && bytes[end - 1] === 0x0a;
    const [, key, value] =
      (isWhole && /^([^=]+)=([^]*)$/.exec(bytes.toString('latin1', space + 1, end - 1))) || [];
    if (key === undefined || value === undefined) return undefined;
    records.set(key, value);
    start = end;
  }
  return records;
}

function octal(block: Buffer, start: number, length: number): number | undefined {
  const digits = text(block, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end === -1 ? length : end);
}

/** Counts the field of the sum itself as spaces. */
function sumOf(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}
