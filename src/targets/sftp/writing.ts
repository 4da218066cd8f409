import type { TargetContext } from '../../domain/target.ts';
import { syncFile } from './durable.ts';
import type { OpenFile } from './block-writer.ts';
import type { Channel } from './channel.ts';
import { again, type Link } from './link.ts';
import type { Place } from './place.ts';
import { publish, type Publication } from './publish.ts';
import { closing } from './read-object.ts';
import { ifPresent, Refusal } from './refusal.ts';
import { probeServer, type ServerWays } from './server-ways.ts';
import { createStaging, type Staging } from './staging.ts';

/** What an opened target needs to write. */
export interface Writing {
  readonly place: Place;
  readonly staging: Staging;
  readonly context: TargetContext;
  /** Parts that an upload of this process is at. */
  readonly busy: Set<string>;
  /** What the server does, found out before the first object is published. */
  ways(): Promise<ServerWays>;
  /** As far as it is known. */
  knownWays(): ServerWays | undefined;
}

export function createWriting(place: Place, context: TargetContext): Writing {
  const staging = createStaging(place, context);
  let asked: Promise<ServerWays> | undefined;
  let known: ServerWays | undefined;
  const ask = async (): Promise<ServerWays> => {
    known = await again(place.link, (channel) => probeServer(channel, staging, context.clock));
    return known;
  };
  return {
    place,
    staging,
    context,
    busy: new Set(),
    ways: () => {
      asked ??= ask();
      const asking = asked;
      asking.catch(() => {
        if (asked === asking) asked = undefined;
      });
      return asking;
    },
    knownWays: () => known,
  };
}

/** A small object: written under a temporary name, durable and whole before it gets its own. */
export async function createObject(writing: Writing, key: string, bytes: Uint8Array): Promise<Publication> {
  const { place, staging } = writing;
  const { publishing } = await writing.ways();
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = await again(place.link, async (channel) => {
    const path = await staging.newFile(channel);
    await writeWhole(channel, path, content);
    return path;
  });
  try {
    return await publish(place, { file, key, bytes: content.length }, publishing);
  } catch (error) {
    await discard(place.link, file);
    throw error;
  }
}

/** The size that the server reports is all that it says about what it took; `bytes` is what it was sent. */
export async function finishFile({ channel, handle }: OpenFile, bytes: number): Promise<void> {
  const [synced, facts] = await Promise.allSettled([syncFile(channel, handle), channel.fstat(handle)]);
  if (synced.status === 'rejected') throw synced.reason;
  if (facts.status === 'rejected') throw facts.reason;
  if (facts.value.size === bytes) return;
  const kept = `${String(facts.value.size)} of ${String(bytes)} bytes`;
  throw new Refusal('TRUNCATED', `the server keeps ${kept} and reported no error`);
}

/** A temporary file that is of no more use. What cannot be removed stays for a prune to collect. */
export async function discard(link: Link, file: string): Promise<void> {
  await again(link, (channel) => ifPresent(channel.remove(file))).catch(() => undefined);
}

async function writeWhole(channel: Channel, file: string, content: Buffer): Promise<void> {
  const handle = await channel.open(file, 'new');
  await closing(channel, handle, async () => {
    const writes: Promise<void>[] = [];
    for (let start = 0; start < content.length; start += channel.maxWriteBytes)
      writes.push(channel.write(handle, content.subarray(start, start + channel.maxWriteBytes), start));
    const [written, finished] = await Promise.allSettled([
      Promise.all(writes),
      finishFile({ channel, handle }, content.length),
    ]);
    if (written.status === 'rejected') throw written.reason;
    if (finished.status === 'rejected') throw finished.reason;
  });
}
