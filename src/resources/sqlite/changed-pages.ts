import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DIGEST_BYTES, PAGE_BYTES, pageLine } from './page-digests.ts';
import {
  PAGES_PER_BLOCK,
  readPageBlocks,
  writeFully,
  type Fingerprint,
  type PageBlock,
} from './page-blocks.ts';
import { runLine, sha256Line, sizeLine, type PageRun } from './page-offsets.ts';

/** A copy whose pages have been read once. */
export interface ScannedCopy {
  /** Of the copy as it was made. */
  readonly copy: Fingerprint;
  /** Lines of the index with the digests of its pages. */
  readonly digestLines: () => AsyncIterable<Buffer>;
}

/** Reads a copy once, for its digest and those of its pages. `visit` sees every block in order. */
export async function scanCopy(
  path: string,
  scratch: string,
  visit?: (block: PageBlock) => Promise<void>,
): Promise<ScannedCopy> {
  const digestsPath = join(scratch, 'digests');
  const digests = await open(digestsPath, 'wx', 0o600);
  const file = await open(path, 'r');
  try {
    const sum = createHash('sha256');
    let bytes = 0;
    for await (const block of readPageBlocks(file)) {
      sum.update(block.bytes);
      bytes += block.bytes.length;
      await digests.appendFile(block.digests);
      await visit?.(block);
    }
    return { copy: { bytes, sha256: sum.digest('hex') }, digestLines: () => digestLines(digestsPath) };
  } finally {
    await Promise.all([file.close(), digests.close()]);
  }
}

async function* digestLines(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const digests = file.createReadStream({ highWaterMark: PAGES_PER_BLOCK * DIGEST_BYTES });
    for await (const chunk of digests as AsyncIterable<Buffer>) yield pageLine(chunk);
  } finally {
    await file.close();
  }
}

export interface ChangedPages extends ScannedCopy {
  /** What is left of the copy: its changed pages, one after another. */
  readonly pages: { readonly path: string; readonly bytes: number };
  readonly offsets: { readonly path: string; readonly bytes: number };
}

/**
 * Shrinks a copy in place to the pages that differ from the parent's, so that scratch never holds
 * more than one copy: a page moves towards the front only, over what has been read already.
 */
export async function keepChangedPages(
  path: string,
  scratch: string,
  parentDigests: string,
): Promise<ChangedPages> {
  const offsetsPath = join(scratch, 'offsets');
  const [pages, parent, offsets] = await Promise.all([
    open(path, 'r+'),
    open(parentDigests, 'r'),
    open(offsetsPath, 'wx', 0o600),
  ]);
  try {
    await offsets.appendFile(sizeLine((await pages.stat()).size));
    const runs = runCollector();
    let kept = 0;
    const scanned = await scanCopy(path, scratch, async (block) => {
      const known = await digestsOfParent(parent, block);
      for (const run of changedRuns(block, known)) {
        runs.add(run);
        const changed = bytesOfRun(block, run);
        await writeFully(pages, changed, kept);
        kept += changed.length;
      }
      await offsets.appendFile(runs.takeEnded());
    });
    await pages.truncate(kept);
    await offsets.appendFile(runs.takeLast() + sha256Line(scanned.copy));
    const { size } = await stat(offsetsPath);
    return { ...scanned, pages: { path, bytes: kept }, offsets: { path: offsetsPath, bytes: size } };
  } finally {
    await Promise.all([pages.close(), parent.close(), offsets.close()]);
  }
}

async function digestsOfParent(parent: FileHandle, { first, digests }: PageBlock): Promise<Buffer> {
  const known = Buffer.alloc(digests.length);
  const { bytesRead } = await parent.read(known, 0, known.length, first * DIGEST_BYTES);
  return known.subarray(0, bytesRead);
}

function changedRuns({ first, digests }: PageBlock, known: Buffer): readonly PageRun[] {
  const runs: { page: number; count: number }[] = [];
  for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
    const end = at + DIGEST_BYTES;
    if (known.subarray(at, end).equals(digests.subarray(at, end))) continue;
    const page = first + at / DIGEST_BYTES;
    const last = runs.at(-1);
    if (last !== undefined && last.page + last.count === page) last.count += 1;
    else runs.push({ page, count: 1 });
  }
  return runs;
}

function bytesOfRun({ first, bytes }: PageBlock, { page, count }: PageRun): Buffer {
  return bytes.subarray((page - first) * PAGE_BYTES, (page - first + count) * PAGE_BYTES);
}

/** Joins runs across the borders of blocks; a run has ended once another one follows. */
function runCollector(): { add(run: PageRun): void; takeEnded(): string; takeLast(): string } {
  let last: PageRun | undefined;
  let ended = '';
  return {
    add(run) {
      if (last !== undefined && last.page + last.count === run.page) {
        last = { page: last.page, count: last.count + run.count };
        return;
      }
      if (last !== undefined) ended += runLine(last);
      last = run;
    },
    takeEnded() {
      const text = ended;
      ended = '';
      return text;
    },
    takeLast: () => (last === undefined ? '' : runLine(last)),
  };
}
