import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { StagedFile, TransferOptions } from '../../domain/target.ts';
import { createBlockWriter, type BlockWriter, type OpenFile } from './block-writer.ts';
import { EXTENSIONS } from './channel.ts';
import { closeFiles, firstOf, openFiles } from './open-files.ts';
import { noteSynced, RESUMABLE_BYTES, type Part } from './parts.ts';
import { provenBytes } from './proven-bytes.ts';
import { Refusal } from './refusal.ts';
import { stagedBlocks } from './staged-blocks.ts';
import { finishFile, type Writing } from './writing.ts';

export interface Sending {
  readonly staged: StagedFile;
  readonly part: Part;
  readonly options: TransferOptions;
}

/** How often what was sent is synced and noted, so that a later attempt can build on it unread. */
const NOTE_EVERY_MS = 10_000;

/** Brings the rest of a staged file into its part: whole, durable and checked when this returns. */
export async function sendFile(writing: Writing, sending: Sending): Promise<void> {
  const { staged, part, options } = sending;
  const local = await openStaged(staged);
  try {
    const channels = await writing.place.link.bulk();
    const from = await provenBytes(firstOf(channels), part, local, options.signal);
    const files = await openFiles(channels, part.file, from === 0 ? 'overwrite' : 'write');
    try {
      await sendRest(writing, sending, { local, files, from });
      await finishFile(firstOf(files), staged.bytes);
    } finally {
      await closeFiles(files);
    }
  } finally {
    await local.close();
  }
}

async function openStaged({ path }: StagedFile): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new Refusal('CORRUPT', `${path} cannot be read: ${code}`);
  }
}

interface Rest {
  readonly local: FileHandle;
  readonly files: readonly OpenFile[];
  /** Bytes that are there already. */
  readonly from: number;
}

async function sendRest(writing: Writing, sending: Sending, rest: Rest): Promise<void> {
  const { options, staged } = sending;
  const writer = createBlockWriter({
    files: rest.files,
    from: rest.from,
    clock: writing.context.clock,
    onAcknowledged: (bytes) => options.onProgress?.(bytes),
  });
  const notes = createNotes(writing, sending, { writer, files: rest.files });
  const stop = (): void => {
    writer.fail(new Refusal('INTERRUPTED', 'the upload was interrupted'));
  };
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    await feed(sending, rest, async (piece) => {
      await options.pace?.(piece.length);
      await writer.write(piece);
      notes.take();
    });
    await writer.drain();
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await notes.settled();
  }
  if (staged.bytes === 0) options.onProgress?.(0);
}

/** Reads the whole staged file, for its digest, and hands on what the server has not got yet. */
async function feed(
  { staged }: Sending,
  { local, files, from }: Rest,
  send: (piece: Buffer) => Promise<void>,
): Promise<void> {
  const longest = Math.min(...files.map(({ channel }) => channel.maxWriteBytes));
  let position = 0;
  for await (const block of stagedBlocks(local, staged)) {
    const unsent = block.subarray(Math.min(block.length, Math.max(0, from - position)));
    position += block.length;
    for (let start = 0; start < unsent.length; start += longest)
      await send(unsent.subarray(start, start + longest));
  }
}

interface Notes {
  /** Begins a note where it is time for one. */
  take(): void;
  settled(): Promise<void>;
}

function createNotes(
  { context, place }: Writing,
  { staged, part }: Sending,
  { writer, files }: { readonly writer: BlockWriter; readonly files: readonly OpenFile[] },
): Notes {
  const file = files.at(-1);
  const isUseful = staged.bytes >= RESUMABLE_BYTES && file?.channel.extensions.has(EXTENSIONS.fsync) === true;
  let lastMs = context.clock.monotonicMs();
  let running: Promise<void> | undefined;
  const note = async (): Promise<void> => {
    try {
      const bytes = writer.acknowledged();
      await file?.channel.fsync(file.handle);
      await noteSynced(await place.link.control(), part, bytes);
    } catch (error) {
      writer.fail(error instanceof Error ? error : new Error(String(error)));
    }
    lastMs = context.clock.monotonicMs();
    running = undefined;
  };
  return {
    take: () => {
      if (!isUseful || running !== undefined) return;
      if (context.clock.monotonicMs() - lastMs >= NOTE_EVERY_MS) running = note();
    },
    settled: async () => {
      await running;
    },
  };
}
