import type { Channel, Handle } from './channel.ts';
import { Refusal } from './refusal.ts';

export interface Range {
  readonly handle: Handle;
  readonly from: number;
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

const BLOCK_BYTES = 255 * 1024;
/** Blocks asked for ahead: what OpenSSH's window lets pass. */
const AHEAD = 8;

/**
 * Bytes of a range in order, several blocks asked for ahead. A chunk is valid until the next one is
 * taken. An early end of the file is a failure.
 */
export async function* readBlocks(channel: Channel, range: Range): AsyncGenerator<Buffer, void, undefined> {
  const { from, to } = range;
  const longest = Math.min(BLOCK_BYTES, channel.maxReadBytes);
  const free = Array.from({ length: Math.min(AHEAD + 1, Math.ceil((to - from) / longest)) }, () =>
    Buffer.allocUnsafe(Math.min(longest, to - from)),
  );
  const pending: { readonly block: Buffer<ArrayBuffer>; readonly whole: Promise<Buffer> }[] = [];
  let next = from;
  const askAhead = (): void => {
    while (next < to && free.length > 0) {
      const block = free.pop();
      if (block === undefined) return;
      const whole = readFully(
        channel,
        range.handle,
        block.subarray(0, Math.min(block.length, to - next)),
        next,
      );
      // Looked at in its turn; a failure before that is no unhandled one.
      whole.catch(() => undefined);
      pending.push({ block, whole });
      next += Math.min(block.length, to - next);
    }
  };
  try {
    for (;;) {
      askAhead();
      const first = pending.shift();
      if (first === undefined) return;
      yield await orAborted(first.whole, range.signal);
      free.push(first.block);
    }
  } finally {
    // Answers still to come write into our blocks.
    await Promise.allSettled(pending.map(({ whole }) => whole));
  }
}

/** Servers may answer with less than was asked for. */
async function readFully(channel: Channel, handle: Handle, block: Buffer, position: number): Promise<Buffer> {
  for (let done = 0; done < block.length;) {
    const bytes = await channel.read(handle, block.subarray(done), position + done);
    if (bytes === 0) throw new Refusal('TRUNCATED', `the file ends at byte ${String(position + done)}`);
    done += bytes;
  }
  return block;
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Refusal('INTERRUPTED', 'the reading was interrupted'));
    };
  });
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
