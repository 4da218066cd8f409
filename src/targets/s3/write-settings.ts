import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { TransferOptions } from '../../domain/target.ts';
import type { Bucket } from './bucket.ts';

type Settings = Pick<
  PutObjectCommandInput,
  | 'StorageClass'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'ObjectLockLegalHoldStatus'
>;

/** What every write of an object asks for, whether in one piece or in parts. */
export function writeSettings(
  { options, nowMs }: Bucket,
  key: string,
  payload?: TransferOptions['payload'],
): Settings {
  const { sse, objectLock } = options;
  const storageClass = payload && (payload.storageClass ?? options.storageClass);
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(sse === undefined ? {} : { ServerSideEncryption: sse.type }),
    ...(sse?.keyId === undefined ? {} : { SSEKMSKeyId: sse.keyId }),
    ...(objectLock === undefined || isPassing(key)
      ? {}
      : {
          ObjectLockMode: objectLock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
          ObjectLockRetainUntilDate: new Date(nowMs() + objectLock.retainMs),
          ...(objectLock.legalHold ? { ObjectLockLegalHoldStatus: 'ON' as const } : {}),
        }),
  };
}

/** For stores that do not know the checksum headers which the SDK adds otherwise. */
export function bodyDigest({ options }: Bucket, body: Uint8Array): { readonly ContentMD5?: string } {
  if (options.checksums === 'when_supported') return {};
  return { ContentMD5: createHash('md5').update(body).digest('base64') };
}

/** Leases, intents and marks are taken away by the protocol itself, which a lock would forbid. */
export function isPassing(key: string): boolean {
  return /^[^/]+\/(lease|intents|marks)\//.test(key);
}
