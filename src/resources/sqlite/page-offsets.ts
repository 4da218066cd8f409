import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Fingerprint } from './page-blocks.ts';

/**
 * The text beside the changed pages, for a program and for a shell alike: first `size BYTES`, then one
 * line `PAGE COUNT` for each run of changed pages, in order, and last `sha256 HEX` of the whole file.
 */
export type OffsetLine =
  | { readonly kind: 'size'; readonly bytes: number }
  | { readonly kind: 'run'; readonly run: PageRun }
  | { readonly kind: 'sha256'; readonly sha256: string };

/** Pages that follow each other. */
export interface PageRun {
  readonly page: number;
  readonly count: number;
}

export const sizeLine = (bytes: number): string => `size ${String(bytes)}\n`;
export const runLine = ({ page, count }: PageRun): string => `${String(page)} ${String(count)}\n`;
export const sha256Line = ({ sha256 }: Fingerprint): string => `sha256 ${sha256}\n`;

/** Undefined in place of a line that is none of these. */
export async function* readOffsets(path: string): AsyncGenerator<OffsetLine | undefined> {
  const stream = createReadStream(path, { encoding: 'latin1' });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) yield parse(line);
  } finally {
    stream.destroy();
  }
}

const LINE =
  /^(?:size (?<bytes>\d{1,15})|(?<page>\d{1,12}) (?<count>\d{1,12})|sha256 (?<sha256>[0-9a-f]{64}))$/;

function parse(line: string): OffsetLine | undefined {
  const { bytes, page, count, sha256 } = LINE.exec(line)?.groups ?? {};
  if (bytes !== undefined) return { kind: 'size', bytes: Number(bytes) };
  if (sha256 !== undefined) return { kind: 'sha256', sha256 };
  if (page === undefined || count === undefined) return undefined;
  return { kind: 'run', run: { page: Number(page), count: Number(count) } };
}
