import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { Refusal } from './attempt.ts';
import { at, use, type Bucket } from './bucket.ts';
import { head } from './object-facts.ts';
import { hasCode } from './store-failure.ts';
import { isPassing, writeSettings } from './write-settings.ts';

/** Clocks, and the time between asking and storing. */
const TOLERANCE_MS = 120_000;

/**
 * Reads back what the store made of the lock that was asked for. Some drop it silently, most for uploads
 * in parts: then it is set once more by itself, and one that is still absent is a failure.
 */
export async function ensureLocked(
  bucket: Bucket,
  key: string,
  found: HeadObjectCommandOutput | undefined,
): Promise<void> {
  if (bucket.options.objectLock === undefined || isPassing(key)) return;
  if (isLocked(bucket, found)) return;
  await lock(bucket, key);
  if (isLocked(bucket, await head(bucket, key))) return;
  throw new Refusal('TARGET_UNSAFE', `${key} was stored, but the store has not locked it`, {
    hint: 'Use a bucket that was created with object lock, or remove `objectLock` from the target.',
  });
}

/** A bucket without object lock would take everything and protect nothing. */
export async function requireObjectLock(bucket: Bucket, signal: AbortSignal): Promise<void> {
  const { objectLock, bucket: Bucket } = bucket.options;
  if (objectLock === undefined) return;
  const enabled = await use(bucket, (s3) =>
    s3.getObjectLockConfiguration({ Bucket }, { abortSignal: signal }),
  ).then(
    ({ ObjectLockConfiguration }) => ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
    (error: unknown) => {
      // Who may not ask still finds out by reading back each write.
      if (hasCode(error, 'AccessDenied', 'Forbidden')) return true;
      if (hasCode(error, 'ObjectLockConfigurationNotFoundError', 'NotImplemented')) return false;
      throw error;
    },
  );
  if (!enabled)
    throw new Refusal('TARGET_UNSAFE', `the bucket ${Bucket} has no object lock, which the plan asks for`, {
      hint: 'Object lock is switched on when a bucket is created. Use such a bucket, or remove `objectLock` from the target.',
    });
}

function isLocked({ options, nowMs }: Bucket, found: HeadObjectCommandOutput | undefined): boolean {
  const { objectLock } = options;
  if (objectLock === undefined) return true;
  const untilMs = found?.ObjectLockRetainUntilDate?.getTime() ?? 0;
  return (
    found?.ObjectLockMode?.toLowerCase() === objectLock.mode &&
    untilMs >= nowMs() + objectLock.retainMs - TOLERANCE_MS &&
    (!objectLock.legalHold || found.ObjectLockLegalHoldStatus === 'ON')
  );
}

async function lock(bucket: Bucket, key: string): Promise<void> {
  const {
    ObjectLockMode: Mode,
    ObjectLockRetainUntilDate: RetainUntilDate,
    ...rest
  } = writeSettings(bucket, key);
  const Retention = { Mode, RetainUntilDate };
  await use(bucket, (s3) => s3.putObjectRetention({ ...at(bucket, key), Retention }));
  if (rest.ObjectLockLegalHoldStatus === undefined) return;
  await use(bucket, (s3) => s3.putObjectLegalHold({ ...at(bucket, key), LegalHold: { Status: 'ON' } }));
}
