import type { Bucket } from './bucket.ts';
import { hasCode, storeErrorOf } from './store-failure.ts';

/** Small enough to be sent twice. */
const TRIAL_BYTES = 65_536;

/**
 * Sends what was created just now once more. Some stores take no notice of the condition and say nothing,
 * others (Ceph 16) only in buckets that keep versions: a second creation tells, and as its bytes are the same,
 * no harm is done. Once for each store that is opened.
 */
export async function tryConditions(
  { conditions }: Bucket,
  body: Uint8Array,
  createAgain: () => Promise<void>,
): Promise<void> {
  if (conditions.state !== 'untried' || body.length > TRIAL_BYTES) return;
  conditions.state = 'on trial';
  try {
    await createAgain();
    conditions.state = 'absent';
  } catch (error) {
    if (storeErrorOf(error) === undefined) throw error;
    conditions.state = isTaken(error) ? 'honoured' : 'untried';
  }
}

/** There is an object with this key. */
export function isTaken(error: unknown): boolean {
  return hasCode(error, 'PreconditionFailed', '412');
}
