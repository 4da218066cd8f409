import { createBodyScanner, type BodyScanner } from './archive-body.ts';
import { parseContents, type ArchiveContents } from './archive-contents.ts';

/**
 * Reads an uncompressed dump in the custom format while it streams by. Such a dump has no end mark:
 * it is whole when every entry that announces data has a block that is closed, and nothing follows.
 * `pg_restore --list` reads the head alone and takes a dump without its data for a good one.
 */
export interface ArchiveScanner {
  push(chunk: Buffer): void;
  /** Why the bytes so far are no whole dump; undefined where they are one. */
  flaw(): string | undefined;
  /** Undefined before the head has been read. */
  contents(): ArchiveContents | undefined;
  /** Bytes of data by the id of the entry. */
  sizes(): ReadonlyMap<number, number>;
}

/** More than this for the names and definitions of a database is no dump. */
const MAX_HEAD_BYTES = 1_073_741_824;

export function createArchiveScanner(): ArchiveScanner {
  let contents: ArchiveContents | undefined;
  let head: Buffer[] = [];
  let headBytes = 0;
  let enough = 4096;
  let problem: string | undefined;
  let body: BodyScanner | undefined;

  const begin = (): void => {
    const bytes = Buffer.concat(head, headBytes);
    head = [bytes];
    const parsed = parseContents(bytes);
    if (parsed === undefined && headBytes > MAX_HEAD_BYTES) problem = 'its head has no end';
    enough = headBytes * 2;
    if (parsed === undefined) return;
    head = [];
    if (typeof parsed === 'string') {
      problem = parsed;
      return;
    }
    contents = parsed;
    body = createBodyScanner(parsed.integerBytes);
    problem = body.push(bytes.subarray(parsed.bytes));
  };

  return {
    push(chunk) {
      if (problem !== undefined) return;
      if (body !== undefined) {
        problem = body.push(chunk);
        return;
      }
      // The chunk is used again by who gave it.
      head.push(Buffer.from(chunk));
      headBytes += chunk.length;
      if (headBytes >= enough) begin();
    },
    flaw() {
      if (problem === undefined && body === undefined && headBytes > 0) begin();
      if (problem !== undefined) return problem;
      if (contents === undefined || body === undefined) return 'it ends in its head';
      return body.flaw(contents);
    },
    contents() {
      if (problem === undefined && body === undefined && headBytes > 0) begin();
      return contents;
    },
    sizes: () => body?.sizes ?? new Map<number, number>(),
  };
}
