import type { S3 } from '@aws-sdk/client-s3';
import type { TargetContext } from '../../domain/target.ts';
import { createConnection, type Connection } from './connection.ts';
import type { S3Options } from './options.ts';
import type { Patience } from './request-handler.ts';

/** The place in a store at which everything lies, as the operations of this folder see it. */
export interface Bucket {
  readonly options: S3Options;
  readonly connection: Connection;
  /** With the rights to remove, where the plan names some. */
  readonly pruning: Connection;
  readonly nowMs: () => number;
  readonly conditions: Conditions;
  /** Uploads that were begun and not ended, by the key under which the last list showed them. */
  readonly openUploads: Map<string, OpenUpload>;
}

/** What the store makes of a creation on the condition that there is no such object yet. */
export interface Conditions {
  state: 'untried' | 'honoured' | 'absent';
  /** Settles once a trial that is under way has told. */
  trial?: Promise<unknown>;
}

export interface OpenUpload {
  /** As the store knows it. */
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
}

export function createBucket(context: TargetContext, options: S3Options, patience: Patience): Bucket {
  const connect = (credentials = options.credentials): Connection =>
    createConnection({ context, options, credentials, patience });
  const connection = connect();
  return {
    options,
    connection,
    pruning: options.pruneCredentials === undefined ? connection : connect(options.pruneCredentials),
    nowMs: () => context.clock.nowMs() + (connection.clockOffsetMs() ?? 0),
    // Other stores may know no conditions, or take no notice of them.
    conditions: { state: options.endpoint === undefined ? 'honoured' : 'untried' },
    openUploads: new Map(),
  };
}

/** The request with the bucket and the full key filled in. */
export function at({ options }: Bucket, key: string): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: options.bucket, Key: `${options.prefix}${checkedKey(key)}` };
}

export function use<T>({ connection }: Bucket, request: (s3: S3) => Promise<T>): Promise<T> {
  return connection.use(request);
}

/** Undefined where the signal is, as the SDK wants it. */
export function until(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** Callers pass keys of the grammar; anything that other stores would resolve is a bug of theirs. */
function checkedKey(key: string): string {
  const isBad = key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..');
  if (isBad || key.includes('\0')) throw new RangeError(`not a key: ${JSON.stringify(key)}`);
  return key;
}
