import { ok, type Result } from '../domain/result.ts';
import type { ObjectBytes, Target, TransferOptions } from '../domain/target.ts';
import type { Bandwidth } from './bandwidth.ts';

/** The same target, of which all transfers together move no more than the bandwidth. */
export function paced(target: Target, bandwidth: Bandwidth): Target {
  const slow = (options: TransferOptions = {}): TransferOptions => ({
    ...options,
    pace: async (bytes) => {
      await options.pace?.(bytes);
      await bandwidth.take(bytes, options.signal);
    },
  });
  const startUpload = target.startUpload?.bind(target);
  return {
    ...target,
    // What a store lacks may be found out on the way.
    get capabilities() {
      return target.capabilities;
    },
    upload: (key, file, options) => target.upload(key, file, slow(options)),
    ...(startUpload && { startUpload: (key, options) => startUpload(key, slow(options)) }),
    read: async (key, options) => slowBytes(await target.read(key, options), bandwidth, options?.signal),
  };
}

/** A local path would be a way around. */
function slowBytes(
  object: Result<ObjectBytes>,
  bandwidth: Bandwidth,
  signal: AbortSignal | undefined,
): Result<ObjectBytes> {
  if (!object.ok) return object;
  const { size, bytes } = object.value;
  async function* late(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of bytes) {
      await bandwidth.take(chunk.length, signal);
      yield chunk;
    }
  }
  return ok({ size, bytes: late(), failure: () => object.value.failure() });
}
