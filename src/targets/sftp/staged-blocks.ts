import type { FileHandle } from 'node:fs/promises';
import type { StagedFile } from '../../domain/target.ts';
import { inlineDigest, threadedDigest, type Digest } from './digest.ts';
import { Refusal } from './refusal.ts';

const BLOCK_BYTES = 2 * 1024 * 1024;
/** A thread takes as long to start as hashing some megabytes. */
const THREADED_BYTES = 32 * 1024 * 1024;
/** One is read, one sent, two are hashed. */
const BLOCKS = 4;

/**
 * The staged file, block by block; a block is valid until the next one is asked for. CORRUPT at the
 * end where size or digest are not those of the staging.
 */
export async function* stagedBlocks(
  local: FileHandle,
  staged: StagedFile,
): AsyncGenerator<Buffer, void, undefined> {
  const digest = staged.bytes < THREADED_BYTES ? inlineDigest() : threadedDigest();
  let bytes = 0;
  try {
    for await (const block of hashedBlocks(local, digest)) {
      bytes += block.length;
      if (bytes > staged.bytes) break;
      yield block;
    }
    if (bytes === staged.bytes && (await digest.finish()) === staged.sha256) return;
    throw new Refusal('CORRUPT', `${staged.path} changed after it was staged`);
  } finally {
    await digest.end();
  }
}

async function* hashedBlocks(local: FileHandle, digest: Digest): AsyncGenerator<Buffer, void, undefined> {
  const idle = Array.from({ length: BLOCKS }, () => Promise.resolve(new ArrayBuffer(BLOCK_BYTES)));
  const nextBlock = async (): Promise<Buffer<ArrayBuffer>> =>
    Buffer.from((await idle.shift()) ?? new ArrayBuffer(BLOCK_BYTES));
  let position = 0;
  let block = await nextBlock();
  let pending = local.read(block, 0, BLOCK_BYTES, 0);
  try {
    for (;;) {
      const { bytesRead } = await pending;
      if (bytesRead === 0) return;
      position += bytesRead;
      const other = await nextBlock();
      pending = local.read(other, 0, BLOCK_BYTES, position);
      yield block.subarray(0, bytesRead);
      const back = digest.update(block.buffer, bytesRead);
      // Looked at when the memory is needed again.
      back.catch(() => undefined);
      idle.push(back);
      block = other;
    }
  } finally {
    await pending.catch(() => undefined);
  }
}
