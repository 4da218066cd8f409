import type { Bucket } from './bucket.ts';
import { head } from './object-facts.ts';
import { hasCode, storeErrorOf } from './store-failure.ts';

export type Publication = 'created' | 'exists';

export interface Creation {
  readonly key: string;
  readonly bytes: number;
  /** On the condition that there is no such object, as long as the store is not known to lack conditions. */
  readonly create: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** Small enough to be sent twice. */
const TRIAL_BYTES = 65_536;

/**
 * Looks first, until the store is known to honour conditions, which the first small object tells. Others wait
 * for it, and where it told nothing, they look.
 */
export async function createNew(bucket: Bucket, creation: Creation): Promise<Publication> {
  const { conditions } = bucket;
  const underWay = conditions.trial;
  if (underWay !== undefined) await underWay;
  else if (conditions.state === 'untried' && creation.bytes <= TRIAL_BYTES) return tryWith(bucket, creation);
  return createOnce(bucket, creation);
}

/** Others see the trial before anything is waited for. */
async function tryWith(bucket: Bucket, creation: Creation): Promise<Publication> {
  const { conditions } = bucket;
  const trial = createTwice(bucket, creation);
  conditions.trial = trial.catch(() => undefined);
  return trial.finally(() => {
    delete conditions.trial;
  });
}

async function createOnce(bucket: Bucket, { key, create, signal }: Creation): Promise<Publication> {
  const { conditions } = bucket;
  if (conditions.state !== 'honoured' && (await head(bucket, key, signal)) !== undefined) return 'exists';
  try {
    await create();
    return 'created';
  } catch (error) {
    if (!isTaken(error)) throw error;
    conditions.state = 'honoured';
    return 'exists';
  }
}

/**
 * Some stores take no notice of the condition and say nothing, others (Ceph 16) only in buckets that keep
 * versions. A second creation tells, and as its bytes are the same, it does no harm.
 */
async function createTwice(bucket: Bucket, creation: Creation): Promise<Publication> {
  const { conditions } = bucket;
  const publication = await createOnce(bucket, creation);
  if (publication === 'exists' || conditions.state !== 'untried') return publication;
  try {
    await creation.create();
    conditions.state = 'absent';
  } catch (error) {
    if (storeErrorOf(error) === undefined) throw error;
    if (isTaken(error)) conditions.state = 'honoured';
  }
  return publication;
}

function isTaken(error: unknown): boolean {
  return hasCode(error, 'PreconditionFailed', '412');
}
