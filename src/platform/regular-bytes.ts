import { read } from 'node:fs';
import { promisify } from 'node:util';

const CHUNK_BYTES = 1_048_576;

const readInto = promisify(read);

/**
 * A regular file from where its descriptor stands to its end. Never closes the descriptor: a stream
 * of Node does when its reader stops early, and the number may belong to somebody else by the time
 * its owner closes it.
 */
export async function* regularBytes(fd: number): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await readInto(fd, Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
