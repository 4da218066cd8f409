import { createHash } from 'node:crypto';
import type { Failure } from '../../domain/failure.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { ObjectUpload, TransferOptions } from '../../domain/target.ts';
import { attempt, Refusal } from './attempt.ts';
import { segmentsOf } from './publish.ts';
import { checkRoot } from './root.ts';
import { publishTemporary, type Writing } from './upload.ts';
import { openNewFile, requireGoing, writeFully } from './write-file.ts';

/** A temporary file of this process that grows, and gets its final name where it is whole. */
export async function startObject(
  writing: Writing,
  key: string,
  { signal, pace, onProgress }: TransferOptions,
): Promise<ObjectUpload> {
  segmentsOf(key);
  requireGoing(signal, `uploading ${key}`);
  await checkRoot(writing.root);
  const file = await openNewFile(writing.root.layer, await writing.staging.newFile());
  const hash = createHash('sha256');
  let total = 0;
  let broken: Failure | undefined;
  const during = async <T>(work: () => Promise<T>): Promise<Result<T>> => {
    if (broken !== undefined) return failed(broken);
    const result = await attempt(`uploading ${key}`, async () => {
      requireGoing(signal, `uploading ${key}`);
      return work();
    });
    if (result.ok) return result;
    broken = result.failure;
    await file.discard();
    return result;
  };
  return {
    write: (chunk) =>
      during(async () => {
        await pace?.(chunk.length);
        requireGoing(signal, `uploading ${key}`);
        await writeFully(file.handle, chunk);
        hash.update(chunk);
        total += chunk.length;
        onProgress?.(total);
      }),
    finish: (expected) =>
      during(async () => {
        if (total !== expected.bytes || hash.digest('hex') !== expected.sha256)
          throw new Refusal('CORRUPT', `what was written to ${key} is not what was to be written`);
        await file.keep();
        return publishTemporary(writing, file.path, key);
      }),
    abort: () => file.discard(),
  };
}
