import { open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failureFromErrno } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';

/** Where an archive is written to; each piece is taken before the next one is made. */
export interface Output {
  write(bytes: Uint8Array): Promise<Result<void>>;
  /** Durable once this returns. */
  finish(): Promise<Result<void>>;
  /** Removes what was written, where that is possible. */
  abandon(): Promise<void>;
  /** True where nothing that was written can be taken back. */
  readonly final: boolean;
}

/** Never an existing file. A kill leaves a part without the end of an archive, which nothing reads. */
export async function openFile(path: string): Promise<Result<Output>> {
  try {
    const handle = await open(path, 'wx', 0o600);
    return ok({
      final: false,
      write: (bytes) => attempt(path, () => writeAll(handle, bytes)),
      finish: () =>
        attempt(path, async () => {
          await handle.sync();
          await handle.close();
          await syncFolder(dirname(path));
        }),
      async abandon() {
        // What cannot be closed or removed any more stays a part without an end.
        await handle.close().catch(() => undefined);
        await unlink(path).catch(() => undefined);
      },
    });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    if (!exists) return failed(failureFromErrno(error, `cannot write ${path}`));
    return failed(failure('DESTINATION_REFUSED', `${path} exists, and an export overwrites nothing`));
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function attempt(path: string, work: () => Promise<void>): Promise<Result<void>> {
  try {
    await work();
    return ok();
  } catch (error) {
    return failed(failureFromErrno(error, `cannot write ${path}`));
  }
}

export function toStream(stream: NodeJS.WritableStream): Output {
  return {
    final: true,
    write: (bytes) =>
      new Promise((resolve) => {
        stream.write(bytes, (error) => {
          resolve(error ? failed(failure('TARGET_IO', 'whoever reads the archive stopped reading')) : ok());
        });
      }),
    finish: () => Promise.resolve(ok()),
    abandon: () => Promise.resolve(),
  };
}
