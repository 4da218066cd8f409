import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf, failureFromErrno } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { StagedFile } from '../../domain/target.ts';

export type HashType = 'sha256' | 'sha1' | 'md5' | 'dropbox';

export function isHashType(name: string): name is HashType {
  return ['sha256', 'sha1', 'md5', 'dropbox'].includes(name);
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads a staged file once: it must be what was staged, and its hash of one more type is wanted. */
export async function digestStaged(
  file: StagedFile,
  type: HashType | undefined,
  signal: AbortSignal | undefined,
): Promise<Result<string | undefined>> {
  try {
    const handle = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return await digestHandle(handle, file, { type, signal });
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return failed(failure('CORRUPT', `${file.path} is gone`));
    return failed(failureFromErrno(error, `reading ${file.path}`));
  }
}

async function digestHandle(
  handle: FileHandle,
  file: StagedFile,
  { type, signal }: { readonly type: HashType | undefined; readonly signal: AbortSignal | undefined },
): Promise<Result<string | undefined>> {
  const sha256 = createHash('sha256');
  const other = type === undefined || type === 'sha256' ? undefined : createDigest(type);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let total = 0;
  for (;;) {
    if (signal?.aborted === true)
      return failed(failure('INTERRUPTED', `reading ${file.path} was interrupted`));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) break;
    sha256.update(chunk.subarray(0, bytesRead));
    other?.update(chunk.subarray(0, bytesRead));
    total += bytesRead;
  }
  if (total !== file.bytes || sha256.digest('hex') !== file.sha256)
    return failed(failure('CORRUPT', `${file.path} changed after it was staged`));
  return ok(type === 'sha256' ? file.sha256 : other?.digest());
}

/** Takes the bytes in order and ends in lower-case hex. */
export interface Digest {
  update(bytes: Buffer): void;
  digest(): string;
}

export function createDigest(type: HashType): Digest {
  if (type === 'dropbox') return dropboxDigest();
  const hash = createHash(type);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

const DROPBOX_BLOCK_BYTES = 4 * 1024 * 1024;

/** SHA-256 of the SHA-256s of blocks of 4 MiB: https://www.dropbox.com/developers/reference/content-hash */
function dropboxDigest(): Digest {
  const whole = createHash('sha256');
  let block: Hash = createHash('sha256');
  let filled = 0;
  const endBlock = (): void => {
    whole.update(block.digest());
    block = createHash('sha256');
    filled = 0;
  };
  return {
    update: (bytes) => {
      for (let start = 0; start < bytes.length;) {
        const part = bytes.subarray(start, start + DROPBOX_BLOCK_BYTES - filled);
        block.update(part);
        filled += part.length;
        start += part.length;
        if (filled === DROPBOX_BLOCK_BYTES) endBlock();
      }
    },
    digest: () => {
      if (filled > 0) endBlock();
      return whole.digest('hex');
    },
  };
}
