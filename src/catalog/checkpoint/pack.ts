import { createHash } from 'node:crypto';
import { gunzip, gzip, type InputType } from 'node:zlib';
import { promisify } from 'node:util';
import type { CachedObject } from '../../domain/record-cache.ts';
import { parseExactJson } from '../exact-json.ts';
import { parseSnapshotRecord } from '../snapshot-record.ts';

/** A pack may inflate to this at most. */
const MAX_INFLATED_BYTES = 2 * 1024 * 1024 * 1024;

const compress = promisify<InputType, Buffer>(gzip);
const inflate = promisify<InputType, { maxOutputLength: number }, Buffer>(gunzip);

/** gzip of one line for each record: `[key, size of the object, sha256 of the payload, payload]`. */
export async function packRecords(objects: readonly CachedObject[]): Promise<Buffer> {
  // Bytes: together they may be longer than a string can be.
  const lines = objects.map(({ key, size, sha256, value }) =>
    Buffer.from(`${JSON.stringify([key, size, sha256, value])}\n`),
  );
  return compress(Buffer.concat(lines));
}

/** A record as a checkpoint vouches for it. */
export type PackedRecord = Omit<CachedObject, 'modifiedMs'>;

/** The records of a pack whose own digest was right; what does not fit its line's digest is left out. */
export async function unpackRecords(pack: Uint8Array): Promise<readonly PackedRecord[]> {
  const text = await inflate(pack, { maxOutputLength: MAX_INFLATED_BYTES }).catch(() => Buffer.alloc(0));
  const records: PackedRecord[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    if (end > start) records.push(...packedRecord(text.subarray(start, end)));
    start = end + 1;
  }
  return records;
}

function packedRecord(line: Buffer): PackedRecord[] {
  const parsed = parseExactJson(line);
  if (!parsed.ok || !Array.isArray(parsed.value)) return [];
  const [key, size, sha256, value] = parsed.value as unknown[];
  if (typeof key !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string') return [];
  const record = parseSnapshotRecord(value);
  const isWhole = record.ok && record.value.key === key && digestOf(JSON.stringify(record.value)) === sha256;
  return isWhole ? [{ key, size, sha256, value: record.value }] : [];
}

export function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
