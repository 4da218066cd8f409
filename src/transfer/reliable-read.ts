import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { ObjectBytes, ReadOptions } from '../domain/target.ts';
import type { Trial } from './patience.ts';
import type { Way } from './settings.ts';
import { createWatch, type Watch } from './watch.ts';

/**
 * The bytes of an object through as many readings as it takes: one that ends early is followed by one
 * that starts there, so that whoever hashes them notices nothing.
 */
export async function readReliably(
  way: Way,
  key: string,
  options: ReadOptions,
): Promise<Result<ObjectBytes>> {
  const { offset: start = 0, signal } = options;
  const trial = way.patience.begin(signal);
  const first = await openReading(way, { key, offset: start, signal, trial });
  if (!first.ok) return first;
  const { size, localPath } = first.value.object;
  let end: Failure | undefined;
  async function* bytes(opened: Reading): AsyncGenerator<Buffer, void, undefined> {
    let reading = opened;
    for (let offset = start; ;) {
      for await (const chunk of chunksOf(reading, trial)) {
        offset += chunk.length;
        yield chunk;
      }
      const early = reading.failure ?? missing(key, size - offset);
      end = early && (await trial.weigh(early));
      if (early === undefined || end !== undefined) return;
      const next = await openReading(way, { key, offset, signal, trial });
      if (next.ok && next.value.object.size === size) reading = next.value;
      else {
        end = next.ok ? failure('CORRUPT', `${key} changed while it was read`) : next.failure;
        return;
      }
    }
  }
  return ok({
    size,
    bytes: bytes(first.value),
    failure: () => end,
    ...(localPath === undefined ? {} : { localPath }),
  });
}

interface Place {
  readonly key: string;
  readonly offset: number;
  readonly signal: AbortSignal | undefined;
  readonly trial: Trial;
}

interface Reading {
  readonly object: ObjectBytes;
  readonly watch: Watch;
  /** Why it ended early, once it has. */
  failure?: Failure;
}

async function openReading(way: Way, { key, offset, signal, trial }: Place): Promise<Result<Reading>> {
  for (;;) {
    const watch = createWatch(way, signal);
    const object = await watch.guard(() =>
      way.target.read(key, { signal: watch.signal, ...(offset > 0 && { offset }) }),
    );
    if (object.ok) return ok({ object: object.value, watch });
    watch.end();
    // An object that ends before the offset will not grow.
    if (object.failure.code === 'TRUNCATED') return object;
    const end = await trial.weigh(object.failure);
    if (end !== undefined) return failed(end);
  }
}

/** Only the target is watched: how long a chunk is worked on does not count. */
async function* chunksOf(reading: Reading, trial: Trial): AsyncGenerator<Buffer, void, undefined> {
  const { object, watch } = reading;
  const iterator = object.bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await watch.guard(async () => {
        const chunk = await iterator.next();
        const why = chunk.done === true ? object.failure() : undefined;
        return why === undefined ? ok(chunk) : failed(why);
      });
      if (!next.ok) reading.failure = next.failure;
      if (!next.ok || next.value.done === true) return;
      trial.advanced();
      yield next.value.value;
    }
  } finally {
    watch.end();
    const ended = Promise.resolve(iterator.return?.()).catch(() => undefined);
    if (!watch.signal.aborted) await ended;
  }
}

function missing(key: string, bytes: number): Failure | undefined {
  return bytes > 0 ? failure('TRUNCATED', `${key} ends ${String(bytes)} bytes early`) : undefined;
}
