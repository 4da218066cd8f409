import { hash } from 'node:crypto';

/**
 * A page is 4 KiB of the file here, whatever page size the database has: it is SQLite's default, and
 * a database that changes its page size is no case of its own.
 */
export const PAGE_BYTES = 4096;

/** Half a SHA-256: even somebody who chooses what the database holds cannot make two pages share it. */
export const DIGEST_BYTES = 16;

/** The digests of all pages of `bytes`, one after another; the last page may be shorter. */
export function digestPages(bytes: Buffer): Buffer {
  const pages = Math.ceil(bytes.length / PAGE_BYTES);
  const digests = Buffer.allocUnsafe(pages * DIGEST_BYTES);
  for (let page = 0; page < pages; page += 1) {
    const content = bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    hash('sha256', content, 'buffer').copy(digests, page * DIGEST_BYTES, 0, DIGEST_BYTES);
  }
  return digests;
}

/** Lines of the index without a path, in order of the pages; each holds the digests of at most 1 MiB. */
export function pageLine(digests: Buffer): Buffer {
  return Buffer.from(`${LINE_START}${digests.toString('base64')}"}`);
}

const LINE_START = '{"pages":"';

/** The digests that a line of the index holds; undefined for every other line. */
export function digestsOfLine(line: Buffer): Buffer | undefined {
  if (line.toString('latin1', 0, LINE_START.length) !== LINE_START) return undefined;
  const { pages } = JSON.parse(line.toString('latin1')) as { readonly pages: string };
  return Buffer.from(pages, 'base64');
}
