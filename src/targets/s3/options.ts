import { resolve } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import { parseDuration } from '../../domain/quantity.ts';

export interface S3Options {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly pathStyle: boolean;
  readonly allowInsecure: boolean;
  /** Absolute. */
  readonly caFile?: string;
  readonly checksums: 'when_supported' | 'when_required';
  readonly storageClass?: string;
  readonly sse?: { readonly type: 'AES256' | 'aws:kms'; readonly keyId?: string };
  readonly objectLock?: ObjectLockOptions;
  readonly credentials: CredentialOptions;
  readonly pruneCredentials?: CredentialOptions;
}

export interface ObjectLockOptions {
  readonly mode: 'governance' | 'compliance';
  readonly retainMs: number;
  readonly legalHold: boolean;
}

/** Names of secrets, or a profile; empty where the environment decides. */
export interface CredentialOptions {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly profile?: string;
}

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject, planDirectory: string): S3Options {
  const { prefix, caFile, objectLock, ...rest } = options as unknown as RawOptions;
  return {
    pathStyle: false,
    allowInsecure: false,
    checksums: 'when_supported',
    credentials: {},
    ...rest,
    prefix: prefix === undefined ? '' : `${prefix}/`,
    ...(caFile === undefined ? {} : { caFile: resolve(planDirectory, caFile) }),
    ...(objectLock === undefined ? {} : { objectLock: readObjectLock(objectLock) }),
  };
}

interface RawOptions extends Omit<Partial<S3Options>, 'objectLock' | 'bucket'> {
  readonly bucket: string;
  readonly objectLock?: RawObjectLock;
}

interface RawObjectLock {
  readonly mode: 'governance' | 'compliance';
  readonly retainFor: string;
  readonly legalHold?: boolean;
}

function readObjectLock({ mode, retainFor, legalHold }: RawObjectLock): ObjectLockOptions {
  return { mode, retainMs: parseDuration(retainFor) ?? 0, legalHold: legalHold ?? false };
}
