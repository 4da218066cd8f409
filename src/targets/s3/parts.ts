import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { TransferOptions } from '../../domain/target.ts';
import { requireGoing } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { partsInFlight } from './part-sizes.ts';
import { bodyDigest } from './write-settings.ts';

/** The parts of one upload, a few of them on their way at a time. */
export interface Parts {
  /** Settles when the next part may be prepared; throws what went wrong with an earlier one. The body stays untouched meanwhile. */
  add(body: Buffer): Promise<void>;
  /** Memory for a part, used again once the part is with the store. */
  borrow(length: number): Buffer;
  /** All that were added, in order, once the store has them. */
  all(): Promise<CompletedPart[]>;
  /** Nothing is on its way any more. */
  stop(): Promise<void>;
}

export interface HeldPart extends CompletedPart {
  readonly Size?: number | undefined;
}

export interface PartedUploadRequest {
  readonly key: string;
  readonly uploadId: string;
  /** Parts that the store has from an earlier attempt, by number. They are sent again unless their bytes are the same. */
  readonly held: ReadonlyMap<number, HeldPart>;
  readonly transfer: TransferOptions;
}

export function createParts(bucket: Bucket, request: PartedUploadRequest): Parts {
  const { key, uploadId, held, transfer } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(transfer.signal === undefined ? [] : [transfer.signal])]);
  const done: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  const spare = createSpare();
  let [count, taken] = [0, 0];
  let problem: { readonly error: unknown } | undefined;

  const finished = (part: CompletedPart, body: Buffer): void => {
    done.push(part);
    spare.give(body);
    taken += body.length;
    transfer.onProgress?.(taken);
  };
  const send = async (PartNumber: number, body: Buffer): Promise<void> => {
    try {
      const place = { ...at(bucket, key), UploadId: uploadId, PartNumber };
      const input = { ...place, Body: body, ...bodyDigest(bucket, body) };
      finished(
        completedPart(PartNumber, await use(bucket, (s3) => s3.uploadPart(input, until(signal)))),
        body,
      );
    } catch (error) {
      problem ??= { error };
      stop.abort();
    }
  };
  const requireWell = (): void => {
    requireGoing(transfer.signal, `uploading ${key}`);
    if (problem !== undefined) throw problem.error;
  };
  return {
    add: async (body) => {
      requireWell();
      const number = (count += 1);
      const earlier = held.get(number);
      if (earlier !== undefined && isSame(earlier, body)) {
        finished(completedPart(number, earlier), body);
        return;
      }
      while (inFlight.size >= partsInFlight(body.length)) await Promise.race(inFlight);
      await transfer.pace?.(body.length);
      requireWell();
      const sending = send(number, body).finally(() => inFlight.delete(sending));
      inFlight.add(sending);
    },
    borrow: (length) => spare.take(length),
    all: async () => {
      await Promise.all(inFlight);
      requireWell();
      return done.toSorted((left, right) => (left.PartNumber ?? 0) - (right.PartNumber ?? 0));
    },
    stop: async () => {
      stop.abort();
      await Promise.all(inFlight);
    },
  };
}

function createSpare() {
  const buffers: Buffer[] = [];
  return {
    give: (buffer: Buffer) => buffers.push(buffer),
    take: (length: number): Buffer => {
      const buffer = buffers.pop();
      return buffer?.length === length ? buffer : Buffer.allocUnsafeSlow(length);
    },
  };
}

function completedPart(
  PartNumber: number,
  { ETag, ChecksumCRC32 }: Pick<CompletedPart, 'ETag' | 'ChecksumCRC32'>,
): CompletedPart {
  return { PartNumber, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
}

/** Where the store encrypts with keys of a service, its tags are no digests, and nothing is the same. */
function isSame({ ETag, Size }: HeldPart, body: Buffer): boolean {
  if (Size !== body.length) return false;
  return ETag?.replaceAll('"', '') === createHash('md5').update(body).digest('hex');
}
