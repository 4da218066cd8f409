import { createHash } from 'node:crypto';
import { ok, type Result } from '../../domain/result.ts';
import { findObject } from './entries.ts';
import type { Place } from './place.ts';
import type { Expected } from './publish.ts';
import { streamObject } from './read-object.ts';

/** By size and by the hash that the store tells; where it tells none, by everything that it has. */
export async function compareStored(
  place: Place,
  key: string,
  { file, hashType, digest, options: { signal, onProgress } }: Expected,
): Promise<Result<'created' | 'other'>> {
  const found = await findObject(place, key, { hash: hashType, signal });
  if (!found.ok) return found;
  if (found.value?.size !== file.bytes) return ok('other');
  const told = hashType === undefined ? undefined : found.value.hashes[hashType];
  if (typeof told === 'string' && told !== '') return ok(told === digest ? 'created' : 'other');
  const read = await streamObject(place, key, signal === undefined ? {} : { signal });
  if (!read.ok) return read;
  const hash = createHash('sha256');
  for await (const chunk of read.value.bytes) {
    hash.update(chunk);
    // Nothing more is sent, but something moves.
    onProgress?.(file.bytes);
  }
  const why = read.value.failure();
  if (why !== undefined) return { ok: false, failure: why };
  return ok(hash.digest('hex') === file.sha256 ? 'created' : 'other');
}
