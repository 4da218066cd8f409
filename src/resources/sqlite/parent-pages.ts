import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParentSnapshot } from '../../domain/resource-type.ts';
import { readFacts, type SnapshotFacts } from './facts.ts';
import { digestsOfLine } from './page-digests.ts';

/** What an incremental is compared with. */
export interface ParentPages {
  readonly facts: SnapshotFacts;
  /** File with the digests of the parent's pages, one after another. */
  readonly digests: string;
}

/**
 * Reads the index of the parent to its end before anything else is done: it is a running stream, and
 * the copy of a large database would let it wait for too long.
 */
export async function readParentPages({ lines }: ParentSnapshot, scratch: string): Promise<ParentPages> {
  const digests = join(scratch, 'parent-digests');
  const file = await open(digests, 'wx', 0o600);
  try {
    let facts: SnapshotFacts | undefined;
    for await (const line of lines) {
      facts ??= readFacts(line) ?? {};
      const held = digestsOfLine(line);
      if (held !== undefined) await file.appendFile(held);
    }
    return { facts: facts ?? {}, digests };
  } finally {
    await file.close();
  }
}
