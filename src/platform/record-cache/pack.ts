import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync, type InputType, type ZlibOptions } from 'node:zlib';
import type { CachedObject } from '../../domain/record-cache.ts';

/** Objects whose values are compressed, and inflated again, together. */
const BLOCK_OBJECTS = 64;
const MAX_BLOCK_BYTES = 1024 * 1024 * 1024;
const TITLE = /^backup-plan pack 1 (\d{1,12}) (\d{1,12}) ([0-9a-f]{64})\n/;
const NEW_LINE = 0x0a;

const compress = promisify<InputType, ZlibOptions, Buffer>(deflateRaw);

type Row = readonly [key: string, size: number, modifiedMs: number, sha256: string, head?: unknown];

/**
 * A title with the lengths and the SHA-256 of what follows; for each block of objects a line
 * `[compressed bytes, rows]`, each row all of an object but its value; then the blocks, each the
 * deflated JSON of its values, one a line.
 */
export async function encodePack(objects: readonly CachedObject[]): Promise<Buffer> {
  const lines: string[] = [];
  const blocks: Buffer[] = [];
  for (let start = 0; start < objects.length; start += BLOCK_OBJECTS) {
    const members = objects.slice(start, start + BLOCK_OBJECTS);
    const values = members.map(({ value }) => JSON.stringify(value)).join('\n');
    const block = await compress(Buffer.from(values), { level: 1 });
    lines.push(`${JSON.stringify([block.length, members.map(rowOf)])}\n`);
    blocks.push(block);
  }
  const rows = Buffer.from(lines.join(''));
  const bytes = blocks.reduce((sum, { length }) => sum + length, 0);
  const title = `backup-plan pack 1 ${String(rows.length)} ${String(bytes)} ${digestOf([rows, ...blocks])}\n`;
  return Buffer.concat([Buffer.from(title), rows, ...blocks]);
}

/** Longest possible title. */
export const TITLE_BYTES = 128;

export interface PackTitle {
  /** Where what follows starts. */
  readonly start: number;
  readonly rowBytes: number;
  readonly blockBytes: number;
  readonly sha256: string;
}

export function readTitle(beginning: Buffer): PackTitle | undefined {
  const [title, rows, blocks, sha256] = TITLE.exec(beginning.toString('latin1')) ?? [];
  if (title === undefined || sha256 === undefined) return undefined;
  return { start: title.length, rowBytes: Number(rows), blockBytes: Number(blocks), sha256 };
}

/** Undefined where the bytes do not fit their title. Only the compressed blocks stay in memory. */
export function decodePack(
  { sha256 }: PackTitle,
  { rows, blocks }: { readonly rows: Buffer; readonly blocks: Buffer },
  readHead: (head: unknown) => unknown,
): CachedObject[] | undefined {
  if (digestOf([rows, blocks]) !== sha256) return undefined;
  const inflater = createInflater();
  const objects: CachedObject[] = [];
  let blockStart = 0;
  for (let start = 0; start < rows.length;) {
    const end = rows.indexOf(NEW_LINE, start);
    const [length, members] = JSON.parse(rows.toString('utf8', start, end)) as [number, readonly Row[]];
    const block = blocks.subarray(blockStart, blockStart + length);
    const valuesOf = (): readonly string[] => inflater(block);
    for (const [place, row] of members.entries())
      objects.push(new PackedObject(row, { place, valuesOf, readHead }));
    blockStart += length;
    start = end + 1;
  }
  return objects;
}

/** A class, for there may be hundreds of thousands. */
class PackedObject implements CachedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly sha256: string;
  readonly head: unknown;
  readonly #place: number;
  readonly #valuesOf: () => readonly string[];

  constructor([key, size, modifiedMs, sha256, head]: Row, { place, valuesOf, readHead }: Packing) {
    this.key = key;
    this.size = size;
    this.modifiedMs = modifiedMs;
    this.sha256 = sha256;
    this.head = head === undefined ? undefined : readHead(head);
    this.#place = place;
    this.#valuesOf = valuesOf;
  }

  get value(): unknown {
    return JSON.parse(this.#valuesOf()[this.#place] ?? 'null') as unknown;
  }
}

interface Packing {
  readonly place: number;
  readonly valuesOf: () => readonly string[];
  readonly readHead: (head: unknown) => unknown;
}

/** Remembers the last block: values are mostly asked for in their order. */
function createInflater(): (block: Buffer) => readonly string[] {
  let last: { readonly block: Buffer; readonly values: readonly string[] } | undefined;
  return (block) => {
    if (last?.block !== block) {
      const text = inflateRawSync(block, { maxOutputLength: MAX_BLOCK_BYTES }).toString('utf8');
      last = { block, values: text.split('\n') };
    }
    return last.values;
  };
}

function rowOf({ key, size, modifiedMs, sha256, head }: CachedObject): Row {
  return head === undefined ? [key, size, modifiedMs, sha256] : [key, size, modifiedMs, sha256, head];
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
