import { createHash } from 'node:crypto';
import type { ObjectUpload, TransferOptions } from '../../domain/target.ts';
import { attempt } from './attempt.ts';
import { createBlockWriter, type OpenFile } from './block-writer.ts';
import { again } from './link.ts';
import { fullInstead } from './full.ts';
import { closeFiles, firstOf, openFiles } from './open-files.ts';
import { publish } from './publish.ts';
import { Refusal } from './refusal.ts';
import { discard, finishFile, type Writing } from './writing.ts';

/** A new file whose length nobody knows yet. Nothing of it can be taken up again: the source is gone. */
export async function beginStream(
  writing: Writing,
  key: string,
  options: TransferOptions,
): Promise<ObjectUpload> {
  if (options.signal?.aborted === true) throw new Refusal('INTERRUPTED', 'the upload was interrupted');
  const { place, staging } = writing;
  await writing.ways();
  const file = await again(place.link, (channel) => staging.newFile(channel));
  const files = await openFiles(await place.link.bulk(), file, 'new');
  const stream = createStream(writing, files, options);
  const giveUp = async (): Promise<void> => {
    stream.fail(new Refusal('INTERRUPTED', 'the upload was given up'));
    await stream.release();
    await discard(place.link, file);
  };
  const doing = `target ${writing.context.name}: uploading ${key}`;
  return {
    write: async (chunk) => fullInstead(place, await attempt(doing, () => stream.send(chunk))),
    finish: async (expected) => {
      const finished = await attempt(doing, async () => {
        await stream.finish(expected);
        const { publishing } = await writing.ways();
        return publish(place, { file, key, bytes: expected.bytes }, publishing);
      });
      if (!finished.ok) await giveUp();
      return fullInstead(place, finished);
    },
    abort: giveUp,
  };
}

interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

interface Stream {
  send(chunk: Buffer): Promise<void>;
  /** Whole, durable and closed when this returns. */
  finish(expected: Expected): Promise<void>;
  fail(error: Error): void;
  release(): Promise<void>;
}

function createStream(
  { context }: Writing,
  files: readonly OpenFile[],
  { signal, onProgress, pace }: TransferOptions,
): Stream {
  const longest = Math.min(...files.map(({ channel }) => channel.maxWriteBytes));
  const hash = createHash('sha256');
  const onAcknowledged = (bytes: number): void => onProgress?.(bytes);
  const writer = createBlockWriter({ files, from: 0, clock: context.clock, onAcknowledged });
  let total = 0;
  const stop = (): void => {
    writer.fail(new Refusal('INTERRUPTED', 'the upload was interrupted'));
  };
  signal?.addEventListener('abort', stop, { once: true });
  const release = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    await closeFiles(files);
  };
  return {
    send: async (chunk) => {
      hash.update(chunk);
      total += chunk.length;
      for (let start = 0; start < chunk.length; start += longest) {
        const piece = chunk.subarray(start, start + longest);
        await pace?.(piece.length);
        await writer.write(piece);
      }
    },
    finish: async ({ bytes, sha256 }) => {
      await writer.drain();
      if (total !== bytes || hash.digest('hex') !== sha256)
        throw new Refusal('CORRUPT', 'what was sent is not what was announced');
      await finishFile(firstOf(files), total);
      await release();
    },
    fail: writer.fail,
    release,
  };
}
