import { createHash } from 'node:crypto';
import type { ObjectUpload, TransferOptions } from '../../domain/target.ts';
import { attempt } from './attempt.ts';
import { createBlockWriter } from './block-writer.ts';
import { again } from './link.ts';
import { closeFiles, openFiles } from './open-files.ts';
import { publish, type Publication } from './publish.ts';
import { Refusal } from './refusal.ts';
import { discard, finishFile, type Writing } from './writing.ts';

/** A new file whose length nobody knows yet. Nothing of it can be taken up again: the source is gone. */
export async function beginStream(
  writing: Writing,
  key: string,
  { signal, onProgress, pace }: TransferOptions,
): Promise<ObjectUpload> {
  const { place, staging, context } = writing;
  const { publishing } = await writing.ways();
  const file = await again(place.link, (channel) => staging.newFile(channel));
  const files = await openFiles(await place.link.bulk(), file, 'new');
  const longest = Math.min(...files.map(({ channel }) => channel.maxWriteBytes));
  const hash = createHash('sha256');
  const { monotonicMs } = context.clock;
  const writer = createBlockWriter({
    files,
    from: 0,
    monotonicMs,
    onAcknowledged: (bytes) => onProgress?.(bytes),
  });
  let total = 0;
  const stop = (): void => {
    writer.fail(new Refusal('INTERRUPTED', 'the upload was interrupted'));
  };
  signal?.addEventListener('abort', stop, { once: true });
  const release = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    await closeFiles(files);
  };
  const send = async (chunk: Buffer): Promise<void> => {
    hash.update(chunk);
    total += chunk.length;
    for (let start = 0; start < chunk.length; start += longest) {
      const piece = chunk.subarray(start, start + longest);
      await pace?.(piece.length);
      await writer.write(piece);
    }
  };
  const finish = async (expected: {
    readonly bytes: number;
    readonly sha256: string;
  }): Promise<Publication> => {
    try {
      await writer.drain();
      if (total !== expected.bytes || hash.digest('hex') !== expected.sha256)
        throw new Refusal('CORRUPT', 'what was sent is not what was announced');
      const [first] = files;
      if (first !== undefined) await finishFile(first, total);
      await release();
      return await publish(place, { file, key, bytes: total }, publishing);
    } catch (error) {
      await release();
      await discard(place.link, file);
      throw error;
    }
  };
  const doing = `uploading ${key}`;
  return {
    write: (chunk) => attempt(doing, () => send(chunk)),
    finish: (expected) => attempt(doing, () => finish(expected)),
    abort: async () => {
      writer.fail(new Refusal('INTERRUPTED', 'the upload was given up'));
      await release();
      await discard(place.link, file);
    },
  };
}
