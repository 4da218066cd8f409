import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** Index lines on disk, so that a restore may read them several times and decrypt them once. */
export async function spoolLines(file: string, lines: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let parts: Buffer[] = [];
    let bytes = 0;
    for await (const line of lines) {
      parts.push(line, Buffer.of(NEWLINE));
      bytes += line.length + 1;
      if (bytes < BLOCK_BYTES) continue;
      await handle.writeFile(Buffer.concat(parts, bytes));
      parts = [];
      bytes = 0;
    }
    await handle.writeFile(Buffer.concat(parts, bytes));
  } finally {
    await handle.close();
  }
}

export async function* spooledLines(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: BLOCK_BYTES }) as AsyncIterable<Buffer>) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      yield data.subarray(start, end);
      start = end + 1;
    }
    rest = data.subarray(start);
  }
}
