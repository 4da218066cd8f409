import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { digestPages, PAGE_BYTES } from './page-digests.ts';

/** Pages that follow each other, read together. */
export interface PageBlock {
  /** Number of the first page. */
  readonly first: number;
  /** Valid until the next block is asked for. */
  readonly bytes: Buffer;
  readonly digests: Buffer;
}

export const PAGES_PER_BLOCK = 256;

/** All pages of a file from its start. */
export async function* readPageBlocks(file: FileHandle): AsyncGenerator<PageBlock> {
  const buffer = Buffer.allocUnsafe(PAGES_PER_BLOCK * PAGE_BYTES);
  for (let first = 0; ; first += PAGES_PER_BLOCK) {
    const bytes = await fill(file, buffer, first * PAGE_BYTES);
    if (bytes.length > 0) yield { first, bytes, digests: digestPages(bytes) };
    if (bytes.length < buffer.length) return;
  }
}

/** A read may give less than was asked for before the end of the file, and pages must not shift. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A write may take less than it was given. */
export async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const step = await file.write(bytes, written, bytes.length - written, position + written);
    written += step.bytesWritten;
  }
}

/** Size and SHA-256 of a whole file, in hex. */
export interface Fingerprint {
  readonly bytes: number;
  readonly sha256: string;
}

export async function fingerprintOf(path: string): Promise<Fingerprint> {
  const file = await open(path, 'r');
  try {
    const sum = createHash('sha256');
    let bytes = 0;
    for await (const chunk of file.createReadStream({
      highWaterMark: 1024 * 1024,
    }) as AsyncIterable<Buffer>) {
      sum.update(chunk);
      bytes += chunk.length;
    }
    return { bytes, sha256: sum.digest('hex') };
  } finally {
    await file.close();
  }
}
