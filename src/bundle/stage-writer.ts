import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { SealOutput } from '../domain/cryptography.ts';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import type { ObjectUpload } from '../domain/target.ts';

/** Ciphertext on its way to where it is kept until it is published: written once, in order. */
export interface StageWriter {
  /** Settles when more may be written. */
  write(chunk: Buffer): Promise<Result<void>>;
  /** All bytes of a file are on the disk when this is ok. */
  finish(): Promise<Result<void>>;
  /** Nothing of it is left. */
  discard(): Promise<void>;
}

export function openStage(output: SealOutput): Promise<Result<StageWriter>> {
  return output.kind === 'file'
    ? createStageFile(output.path)
    : Promise.resolve(ok(uploadWriter(output.upload)));
}

/** Whoever has judged the source publishes it. */
function uploadWriter(upload: ObjectUpload): StageWriter {
  return {
    write: (chunk) => upload.write(chunk),
    finish: () => Promise.resolve(ok()),
    discard: () => upload.abort(),
  };
}

const BLOCK_BYTES = 1_048_576;
/** Lets the disk work while the tools do, so that the last flush is short. */
const FLUSH_EVERY_BYTES = 64 * 1_048_576;

async function createStageFile(path: string): Promise<Result<StageWriter>> {
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return ok(stageWriter(path, await open(path, flags, 0o600)));
  } catch (error) {
    return failed(failureFromErrno(error, `cannot create ${path}`));
  }
}

/** After a failed write or flush nothing is tried again: the kernel forgets what it could not keep. */
function stageWriter(path: string, file: FileHandle): StageWriter {
  let block: Buffer[] = [];
  let blockBytes = 0;
  let sinceFlush = 0;
  let writing: Promise<unknown> = Promise.resolve();
  let flushing: Promise<unknown> | undefined;
  let broken: unknown;
  const note = (error: unknown) => {
    broken ??= error;
  };

  const flushBehind = () => {
    if (flushing !== undefined || sinceFlush < FLUSH_EVERY_BYTES) return;
    sinceFlush = 0;
    flushing = file
      .datasync()
      .catch(note)
      .finally(() => (flushing = undefined));
  };
  const send = async () => {
    const buffers = block;
    sinceFlush += blockBytes;
    block = [];
    blockBytes = 0;
    await writing;
    if (broken !== undefined) throw broken as Error;
    writing = writeFully(file, buffers).catch(note);
    flushBehind();
  };
  return {
    async write(chunk) {
      block.push(chunk);
      blockBytes += chunk.length;
      return blockBytes < BLOCK_BYTES ? ok() : attempt(path, send);
    },
    finish: () =>
      attempt(path, async () => {
        if (blockBytes > 0) await send();
        await writing;
        await flushing;
        if (broken !== undefined) throw broken as Error;
        await file.sync();
        await file.close();
      }),
    async discard() {
      await Promise.allSettled([writing, flushing]);
      await file.close().catch(ignoreClosed);
      await rm(path, { force: true });
    },
  };
}

async function attempt(path: string, work: () => Promise<void>): Promise<Result<void>> {
  try {
    await work();
    return ok();
  } catch (error) {
    return failed(failureFromErrno(error, `cannot write ${path}`));
  }
}

async function writeFully(file: FileHandle, buffers: readonly Buffer[]): Promise<void> {
  const expected = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  const { bytesWritten } = await file.writev(buffers);
  if (bytesWritten < expected) await file.writeFile(Buffer.concat(buffers).subarray(bytesWritten));
}

function ignoreClosed(error: unknown): void {
  if (errnoOf(error) === undefined && (error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
}
