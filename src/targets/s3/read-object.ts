import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { failure, type Failure } from '../../domain/failure.ts';
import type { ObjectBytes, ReadOptions } from '../../domain/target.ts';
import { failureOf, Refusal, requireGoing } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { isAbsent, sizeOf, statObject } from './object-facts.ts';
import { hasCode } from './store-failure.ts';

export async function readWhole(bucket: Bucket, key: string, maxBytes: number): Promise<Buffer | undefined> {
  const found = await getObject(bucket, key, {});
  if (found === undefined) return undefined;
  const body = found.Body as Readable;
  const size = sizeOf(found, key);
  if (size > maxBytes) {
    body.destroy();
    throw new Refusal('CORRUPT', `${key} has ${String(size)} bytes, more than ${String(maxBytes)}`);
  }
  const whole = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (filled + chunk.length > size) break;
    filled += chunk.copy(whole, filled);
  }
  if (filled !== size) throw new Refusal('TRUNCATED', `${key} ends early`);
  return whole;
}

export async function streamObject(
  bucket: Bucket,
  key: string,
  { signal, offset = 0 }: ReadOptions,
): Promise<ObjectBytes> {
  requireGoing(signal, `reading ${key}`);
  const found = await getFrom(bucket, key, { signal, offset });
  if (found === undefined) throw new Refusal('NOT_FOUND', `${key} does not exist`);
  if (found === 'nothing left') return { size: offset, bytes: nothing(), failure: () => undefined };
  const size = await wholeSize(bucket, key, { found, offset });
  if (found.ContentRange !== undefined && !found.ContentRange.startsWith(`bytes ${String(offset)}-`))
    throw new Refusal('TARGET_IO', `reading ${key}: the store sends another range than was asked for`);
  if (offset > 0 && found.ContentRange === undefined)
    throw new Refusal('TARGET_IO', `reading ${key}: the store sends no ranges`);
  let problem: Failure | undefined;
  async function* bytes(body: Readable): AsyncGenerator<Buffer, void, undefined> {
    let position = offset;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        position += chunk.length;
        if (position > size) break;
        yield chunk;
      }
      if (position !== size) problem = failure('TRUNCATED', `${key} ends early`);
    } catch (error) {
      problem = failureOf(error, `reading ${key}`);
    } finally {
      body.destroy();
    }
    if (signal?.aborted === true) problem = failure('INTERRUPTED', `reading ${key} was interrupted`);
  }
  return { size, bytes: bytes(found.Body as Readable), failure: () => problem };
}

/** A body without a length could end early unseen: then the object is asked for its size. */
async function wholeSize(
  bucket: Bucket,
  key: string,
  { found, offset }: { readonly found: GetObjectCommandOutput; readonly offset: number },
): Promise<number> {
  if (found.ContentLength !== undefined) return offset + found.ContentLength;
  const facts = await statObject(bucket, key);
  if (facts === undefined) throw new Refusal('NOT_FOUND', `${key} does not exist`);
  return facts.size;
}

interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly offset: number;
}

/** A range that begins at the end, or beyond it, is an error for the store, and the two are told apart here. */
async function getFrom(
  bucket: Bucket,
  key: string,
  reading: Reading,
): Promise<GetObjectCommandOutput | 'nothing left' | undefined> {
  try {
    return await getObject(bucket, key, reading);
  } catch (error) {
    if (!hasCode(error, 'InvalidRange', '416')) throw error;
    const facts = await statObject(bucket, key);
    if (facts === undefined) return undefined;
    if (facts.size === reading.offset) return 'nothing left';
    throw new Refusal('TRUNCATED', `${key} ends before byte ${String(reading.offset)}`);
  }
}

async function getObject(
  bucket: Bucket,
  key: string,
  { signal, offset = 0 }: ReadOptions | Reading,
): Promise<GetObjectCommandOutput | undefined> {
  const range = offset === 0 ? {} : { Range: `bytes=${String(offset)}-` };
  try {
    return await use(bucket, (s3) => s3.getObject({ ...at(bucket, key), ...range }, until(signal)));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Buffer> {
  // An object read from its end has no bytes left.
}
