import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ObjectBytes, ReadOptions } from '../../domain/target.ts';
import { statObject } from './entries.ts';
import { addressOf, type Place } from './place.ts';

/** `cat` prints all files of a folder too, one after another, so that the object is looked at as well. */
export async function readWhole(
  place: Place,
  key: string,
  maxBytes: number,
): Promise<Result<Buffer | undefined>> {
  const address = addressOf(place, key);
  const count = `--count=${String(maxBytes + 1)}`;
  const [found, bytes] = await Promise.all([
    statObject(place, key),
    place.rclone.run(`reading ${key}`, ['cat', count, '--', address], { maxOutputBytes: Infinity }),
  ]);
  if (!found.ok) return found;
  if (found.value === undefined) return ok(undefined);
  const { size } = found.value;
  if (size > maxBytes)
    return failed(failure('CORRUPT', `${key} has ${String(size)} bytes, more than ${String(maxBytes)}`));
  if (!bytes.ok) return bytes.failure.code === 'NOT_FOUND' ? ok(undefined) : bytes;
  return bytes.value.length === size ? bytes : failed(wrongLength(key, bytes.value.length, size));
}

export async function streamObject(
  place: Place,
  key: string,
  { signal, offset = 0 }: ReadOptions,
): Promise<Result<ObjectBytes>> {
  const found = await statObject(place, key, { signal });
  if (!found.ok) return found;
  if (found.value === undefined) return failed(failure('NOT_FOUND', `${key} does not exist`));
  const { size } = found.value;
  if (offset > size) return failed(failure('TRUNCATED', `${key} ends before byte ${String(offset)}`));
  let why: Failure | undefined;
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    const content = startContent(place, key, { ...(signal && { signal }), offset });
    let total = offset;
    let isLeft = true;
    try {
      for await (const chunk of (await content.output) ?? []) {
        total += chunk.length;
        yield chunk;
      }
      isLeft = false;
    } catch {
      // A program that was stopped breaks its output; how it ended says more.
      isLeft = false;
    } finally {
      const ended = await content.end(isLeft);
      if (!ended.ok) why = ended.failure;
      else if (total !== size) why = wrongLength(key, total, size);
    }
  }
  return ok({ size, bytes: bytes(), failure: () => why });
}

interface Content {
  /** Undefined where the program could not even be started. */
  readonly output: Promise<AsyncIterable<Buffer> | undefined>;
  /** Stops the program where its output is not wanted any more, and says how it ended. */
  end(isLeft: boolean): Promise<Result<void>>;
}

/** The program runs until somebody has had its output, or does not want it. */
function startContent(place: Place, key: string, { signal, offset = 0 }: ReadOptions): Content {
  const stop = new AbortController();
  let release: () => void;
  const consumed = new Promise<void>((resolve) => (release = resolve));
  const args = ['cat', `--offset=${String(offset)}`, '--', addressOf(place, key)];
  let ended: Promise<Result<void>> | undefined;
  const output = new Promise<AsyncIterable<Buffer> | undefined>((resolve) => {
    ended = place.rclone.stream(`reading ${key}`, args, {
      signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
      consume: async (bytes) => {
        resolve(bytes);
        await consumed;
        return ok();
      },
    });
    void ended.then(() => {
      resolve(undefined);
    });
  });
  return {
    output,
    end: (isLeft) => {
      if (isLeft) stop.abort();
      release();
      return ended ?? Promise.resolve(ok());
    },
  };
}

function wrongLength(key: string, got: number, size: number): Failure {
  const code = got < size ? 'TRUNCATED' : 'CORRUPT';
  return failure(code, `${key} gave ${String(got)} bytes and should have ${String(size)}`);
}
