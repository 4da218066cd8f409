import type { Failure } from '../../domain/failure.ts';
import type { ObjectBytes, ReadOptions } from '../../domain/target.ts';
import { failureOf } from './attempt.ts';
import type { Channel, Handle } from './channel.ts';
import { pathOf, requireRoot, type Place } from './place.ts';
import { statFinal } from './publish.ts';
import { readBlocks } from './read-blocks.ts';
import { ifPresent, Refusal } from './refusal.ts';

export interface Facts {
  readonly size: number;
  /** Version 3 of the protocol knows whole seconds. */
  readonly modifiedMs: number;
}

export async function statObject(channel: Channel, place: Place, key: string): Promise<Facts | undefined> {
  const stats = await statFinal(channel, place, key);
  if (stats === undefined) {
    await requireRoot(channel, place);
    return undefined;
  }
  return { size: stats.size, modifiedMs: stats.mtime * 1000 };
}

export async function readWhole(
  channel: Channel,
  place: Place,
  key: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const facts = await statObject(channel, place, key);
  if (facts === undefined) return undefined;
  if (facts.size > maxBytes)
    throw new Refusal('CORRUPT', `${key} has ${String(facts.size)} bytes, more than ${String(maxBytes)}`);
  const handle = await ifPresent(channel.open(pathOf(place, key), 'read'));
  if (handle === undefined) return undefined;
  return closing(channel, handle, async () => {
    const whole = Buffer.allocUnsafe(facts.size);
    let filled = 0;
    for await (const block of readBlocks(channel, { handle, from: 0, to: facts.size }))
      filled += block.copy(whole, filled);
    return whole;
  });
}

/** Opens the file only when bytes are asked for. */
export async function streamObject(place: Place, key: string, options: ReadOptions): Promise<ObjectBytes> {
  const channel = await place.link.control();
  const facts = await statObject(channel, place, key);
  if (facts === undefined) throw new Refusal('NOT_FOUND', `${key} does not exist`);
  const { size } = facts;
  const { offset: from = 0, signal } = options;
  if (from > size)
    throw new Refusal('TRUNCATED', `${key} has ${String(size)} bytes, fewer than ${String(from)}`);
  let ended: Failure | undefined;
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    try {
      if (signal?.aborted === true) throw new Refusal('INTERRUPTED', 'the reading was interrupted');
      const bulk = nextChannel(await place.link.bulk());
      const handle = await bulk.open(pathOf(place, key), 'read');
      try {
        yield* readBlocks(bulk, { handle, from, to: size, signal });
      } finally {
        await bulk.close(handle).catch(() => undefined);
      }
    } catch (error) {
      ended = failureOf(`reading ${key}`, error);
    }
  }
  return { size, bytes: bytes(), failure: () => ended };
}

export async function closing<T>(channel: Channel, handle: Handle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await channel.close(handle).catch(() => undefined);
  }
}

let turn = 0;

/** Readings take turns on the sessions. */
function nextChannel(channels: readonly Channel[]): Channel {
  turn += 1;
  const channel = channels[turn % channels.length];
  if (channel === undefined) throw new Error('a line has at least one channel');
  return channel;
}
