import { setTimeout as delay } from 'node:timers/promises';
import type { TransferOptions } from '../../domain/target.ts';
import { Refusal, requireGoing } from './attempt.ts';
import { at, until, use, type Bucket } from './bucket.ts';
import { createNew, type Publication } from './create-new.ts';
import { head } from './object-facts.ts';
import { ensureLocked } from './object-lock.ts';
import { hasCode } from './store-failure.ts';
import { bodyDigest, writeSettings } from './write-settings.ts';

const CONFLICT_ATTEMPTS = 6;
const CONFLICT_WAIT_MS = 50;

/** On the condition that there is none. Where the store is not known to honour conditions, it looks first. */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: Uint8Array,
  options: Pick<TransferOptions, 'signal' | 'payload'> = {},
): Promise<Publication> {
  const publication = await putOnce(bucket, key, body, options);
  if (publication === 'created' && bucket.options.objectLock !== undefined)
    await ensureLocked(bucket, key, await head(bucket, key));
  return publication;
}

async function putOnce(
  bucket: Bucket,
  key: string,
  body: Uint8Array,
  options: Pick<TransferOptions, 'signal' | 'payload'>,
): Promise<Publication> {
  const create = () => send(bucket, key, body, options);
  for (let round = 1; ; round += 1) {
    requireGoing(options.signal, `creating ${key}`);
    try {
      return await createNew(bucket, { key, bytes: body.length, create, signal: options.signal });
    } catch (error) {
      if (isUnconditional(error) && bucket.conditions.state !== 'absent') bucket.conditions.state = 'absent';
      else if (!hasCode(error, 'ConditionalRequestConflict')) throw error;
      else if (round >= CONFLICT_ATTEMPTS)
        throw new Refusal('TARGET_IO', `creating ${key}: others are creating it all the time`);
      else await delay(CONFLICT_WAIT_MS * 2 ** round * (0.5 + Math.random()));
    }
  }
}

async function send(
  bucket: Bucket,
  key: string,
  body: Uint8Array,
  { signal, payload }: Pick<TransferOptions, 'signal' | 'payload'>,
): Promise<void> {
  await use(bucket, (s3) =>
    s3.putObject(
      {
        ...at(bucket, key),
        Body: body,
        ...(bucket.conditions.state === 'absent' ? {} : { IfNoneMatch: '*' }),
        ...bodyDigest(bucket, body),
        ...writeSettings(bucket, key, payload),
      },
      until(signal),
    ),
  );
}

/** What stores without conditional writes say to one. */
function isUnconditional(error: unknown): boolean {
  return hasCode(error, 'NotImplemented', '501');
}
