import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { again, wasDropped } from './link.ts';
import { dropNote, dropPart, RESUMABLE_BYTES, takePart, type Part } from './parts.ts';
import { publish, statFinal, type Publication } from './publish.ts';
import { isStatus, Refusal } from './refusal.ts';
import { sendFile } from './send-file.ts';
import type { Writing } from './writing.ts';

/** Goes on with what an earlier attempt has brought to the server; within one call too, when the connection was lost. */
export async function uploadObject(
  writing: Writing,
  key: string,
  staged: StagedFile,
  options: TransferOptions,
): Promise<Publication> {
  if (options.signal?.aborted === true) throw new Refusal('INTERRUPTED', 'the upload was interrupted');
  const { place } = writing;
  const { publishing } = await writing.ways();
  if ((await again(place.link, (channel) => statFinal(channel, place, key))) !== undefined) return 'exists';
  const part = await sendWhole(writing, key, staged, onlyForward(options));
  const outcome = await publish(place, { file: part.file, key, bytes: staged.bytes }, publishing);
  if (staged.bytes >= RESUMABLE_BYTES) await again(place.link, (channel) => dropNote(channel, part.file));
  return outcome;
}

async function sendWhole(
  writing: Writing,
  key: string,
  staged: StagedFile,
  options: TransferOptions,
): Promise<Part> {
  try {
    return await sendOnce(writing, key, staged, options);
  } catch (error) {
    if (!wasDropped(error)) throw error;
    return sendOnce(writing, key, staged, options);
  }
}

async function sendOnce(
  writing: Writing,
  key: string,
  staged: StagedFile,
  options: TransferOptions,
): Promise<Part> {
  const { place, busy } = writing;
  const part = await again(place.link, (channel) => takePart(writing, channel, key, staged));
  busy.add(part.file);
  try {
    await sendFile(writing, { staged, part, options });
    return part;
  } catch (error) {
    if (isFaulty(error))
      await again(place.link, (channel) => dropPart(channel, part.file)).catch(() => undefined);
    throw error;
  } finally {
    busy.delete(part.file);
  }
}

/** What is there then is of no use, or must make room; after anything else an attempt may go on with it. */
function isFaulty(error: unknown): boolean {
  return (
    isStatus(error) || (error instanceof Refusal && ['CORRUPT', 'TRUNCATED'].includes(error.failure.code))
  );
}

/** A second attempt begins before the point that the first one reached. */
function onlyForward(options: TransferOptions): TransferOptions {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  let furthest = -1;
  return {
    ...options,
    onProgress: (bytes) => {
      if (bytes <= furthest) return;
      furthest = bytes;
      onProgress(bytes);
    },
  };
}
