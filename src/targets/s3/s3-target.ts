import type { Result } from '../../domain/result.ts';
import type { ObjectUpload, Target, TargetContext, TransferOptions } from '../../domain/target.ts';
import { attempt, requireGoing } from './attempt.ts';
import { at, createBucket, type Bucket } from './bucket.ts';
import { examineBucket } from './examine-bucket.ts';
import { listObjects } from './list-objects.ts';
import { statObject } from './object-facts.ts';
import { openBucket } from './open-bucket.ts';
import { abortOpenUpload, isOpenUpload, listOpenUploads } from './open-uploads.ts';
import type { S3Options } from './options.ts';
import { putObject } from './put-object.ts';
import { readWhole, streamObject } from './read-object.ts';
import { removeObject } from './remove-object.ts';
import { recoveryOf } from './recovery.ts';
import type { Patience } from './request-handler.ts';
import { thawObject } from './thaw-object.ts';
import { uploadFile } from './upload-file.ts';
import { startStream } from './upload-stream.ts';

export interface S3Patience extends Patience {
  /** For the whole of `open`. */
  readonly openMs: number;
}

export const PATIENCE: S3Patience = { connectMs: 10_000, silenceMs: 30_000, openMs: 60_000 };

export function createS3Target(
  context: TargetContext,
  options: S3Options,
  patience: S3Patience = PATIENCE,
): Target {
  const { name, timers } = context;
  let bucket: Bucket | undefined;
  const on = <T>(doing: string, work: (bucket: Bucket) => Promise<T>): Promise<Result<T>> => {
    const own = bucket;
    if (own === undefined) throw new Error(`target ${name} is used before it was opened`);
    return attempt(`target ${name}: ${doing}`, () => work(own));
  };
  const open = async (): Promise<Result<void>> => {
    const own = createBucket(context, options, patience);
    const opened = await attempt(`target ${name}: opening bucket ${options.bucket}`, () =>
      openBucket(own, timers, patience.openMs),
    );
    if (opened.ok) bucket = own;
    else closeBucket(own);
    return opened;
  };
  return {
    name,
    // One store may honour conditions and another not, which is known after the first write.
    get capabilities() {
      const createOnly = bucket?.conditions.state !== 'absent';
      return { createOnly, listAfterWrite: true, staging: false, streaming: true };
    },
    open,
    prepare: open,
    get: (key, maxBytes) => on(`reading ${key}`, (own) => readWhole(own, key, maxBytes)),
    create: (key, bytes) => on(`creating ${key}`, (own) => putObject(own, key, bytes)),
    upload: (key, file, transfer = {}) =>
      on(`uploading ${key}`, (own) => uploadFile(own, key, file, transfer)),
    startUpload: (key, transfer = {}) => on(`uploading ${key}`, (own) => beginStream(own, key, transfer)),
    read: (key, reading = {}) => on(`reading ${key}`, (own) => streamObject(own, key, reading)),
    stat: (key) => on(`looking at ${key}`, (own) => statObject(own, key)),
    list: (prefix) =>
      on(`listing ${prefix}`, (own) =>
        isOpenUpload(prefix) ? listOpenUploads(own) : listObjects(own, prefix),
      ),
    remove: (key) =>
      on(`removing ${key}`, (own) =>
        isOpenUpload(key) ? abortOpenUpload(own, key) : removeObject(own, key),
      ),
    recovery: (key) => on(`looking for versions of ${key}`, (own) => recoveryOf(own, key)),
    thaw: (key, request) => on(`thawing ${key}`, (own) => thawObject(own, key, request)),
    examine: () => on('examining the bucket', examineBucket),
    space: () => on('asking for free space', () => Promise.resolve(undefined)),
    stagingDirectory: () => on('making a staging folder', () => Promise.resolve(undefined)),
    close: async () => {
      if (bucket !== undefined) closeBucket(bucket);
      bucket = undefined;
    },
  };
}

async function beginStream(bucket: Bucket, key: string, transfer: TransferOptions): Promise<ObjectUpload> {
  requireGoing(transfer.signal, `uploading ${key}`);
  at(bucket, key);
  return startStream(bucket, key, transfer);
}

function closeBucket({ connection, pruning }: Bucket): void {
  connection.close();
  pruning.close();
}
