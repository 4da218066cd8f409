import type { Timers } from '../../domain/clock.ts';
import { Refusal } from './attempt.ts';
import { use, type Bucket } from './bucket.ts';
import { noBucket } from './object-facts.ts';
import { requireObjectLock } from './object-lock.ts';
import { hasCode } from './store-failure.ts';

/** The place is the bucket: a prefix with nothing below it is an empty place. */
export async function openBucket(bucket: Bucket, timers: Timers, limitMs: number): Promise<void> {
  requireTrust(bucket);
  const { bucket: Bucket, prefix: Prefix } = bucket.options;
  const limit = new AbortController();
  const cancel = timers.after(limitMs, () => {
    limit.abort();
  });
  try {
    const input = { Bucket, Prefix, MaxKeys: 1 };
    await use(bucket, (s3) => s3.listObjectsV2(input, { abortSignal: limit.signal }));
    await requireObjectLock(bucket, limit.signal);
  } catch (error) {
    if (limit.signal.aborted)
      throw new Refusal('TARGET_TIMEOUT', `the store did not answer within ${String(limitMs / 1000)} s`);
    if (hasCode(error, 'NoSuchBucket', 'NotFound')) throw noBucket(bucket);
    throw error;
  } finally {
    cancel();
  }
}

function requireTrust({ options }: Bucket): void {
  if (options.endpoint?.startsWith('http://') !== true || options.allowInsecure) return;
  throw new Refusal('TARGET_UNTRUSTED', `the endpoint ${options.endpoint} is plain HTTP`, {
    hint: 'Use https, or set `allowInsecure: true` where nobody can listen.',
  });
}
