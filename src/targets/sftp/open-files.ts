import type { OpenFile } from './block-writer.ts';
import type { Channel, OpenMode } from './channel.ts';

/** One file on several sessions, so that more of it can be under way than one window holds. */
export async function openFiles(
  channels: readonly Channel[],
  path: string,
  mode: Exclude<OpenMode, 'read'>,
): Promise<OpenFile[]> {
  const first = firstOf(channels);
  const others = channels.slice(1);
  const files = [{ channel: first, handle: await first.open(path, mode) }];
  const more = await Promise.allSettled(
    others.map(async (channel) => ({ channel, handle: await channel.open(path, 'write') })),
  );
  return [...files, ...more.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))];
}

/** What was to be written is settled before; a close has nothing more to say. */
export async function closeFiles(files: readonly OpenFile[]): Promise<void> {
  await Promise.allSettled(files.map(({ channel, handle }) => channel.close(handle)));
}

export function firstOf<T>(several: readonly T[]): T {
  const [first] = several;
  if (first === undefined) throw new Error('a line has at least one channel');
  return first;
}
