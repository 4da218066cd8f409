import type { Mode } from '../domain/mode.ts';
import type { IndexHeader, IndexTrailer } from '../domain/record.ts';
import type { CaptureSession } from '../domain/resource-type.ts';

/** Counted while the stream is read. */
export interface IndexCount {
  entries: number;
  rawBytes: number;
}

/** Takes every entry line with its line end, and neither header nor trailer. */
export interface EntryDigest {
  update(bytes: Buffer): unknown;
}

interface IndexRequest {
  readonly resource: string;
  readonly mode: Mode;
  readonly session: CaptureSession;
  /** Lines of the trailer, once all artifacts have settled; undefined where they failed. */
  readonly log: Promise<readonly string[] | undefined>;
  readonly count: IndexCount;
  readonly digest?: EntryDigest;
}

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = Buffer.from('\n');

/** Header, entries and trailer as blocks of whole lines. Ends without a trailer where the capture failed. */
export async function* indexStream(request: IndexRequest): AsyncGenerator<Buffer> {
  const { session, count } = request;
  const header: IndexHeader = {
    format: 'backup-plan/index@1',
    resource: request.resource,
    mode: request.mode,
    facts: session.facts,
  };
  const block = blockWriter(count);
  block.add(Buffer.from(JSON.stringify(header)));
  for await (const entry of session.entries()) {
    count.entries += 1;
    const line = Buffer.isBuffer(entry) ? entry : Buffer.from(JSON.stringify(entry));
    request.digest?.update(line);
    request.digest?.update(NEWLINE);
    if (block.add(line)) yield block.take();
  }
  const log = await request.log.catch(() => undefined);
  if (log === undefined) return;
  const trailer: IndexTrailer = { end: true, entries: count.entries, log };
  block.add(Buffer.from(JSON.stringify(trailer)));
  yield block.take();
}

function blockWriter(count: IndexCount): { add(line: Buffer): boolean; take(): Buffer } {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    add(line) {
      parts.push(line, NEWLINE);
      bytes += line.length + 1;
      return bytes >= BLOCK_BYTES;
    },
    take() {
      const block = Buffer.concat(parts, bytes);
      count.rawBytes += bytes;
      parts = [];
      bytes = 0;
      return block;
    },
  };
}
