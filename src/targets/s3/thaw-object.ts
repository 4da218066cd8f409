import type { ThawRequest, ThawState, ThawTier } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { at, use, type Bucket } from './bucket.ts';
import { archivedOf, head, restoreOf } from './object-facts.ts';
import { hasCode } from './store-failure.ts';

/** May be asked again and again: an object that is on its way back is not asked for twice. */
export async function thawObject(
  bucket: Bucket,
  key: string,
  { tier, days }: ThawRequest,
): Promise<ThawState> {
  const found = await head(bucket, key);
  if (found === undefined) throw new Refusal('NOT_FOUND', `${key} does not exist`);
  const place = found.ArchiveStatus ?? found.StorageClass;
  const archived = archivedOf(place, restoreOf(found));
  if (archived === undefined) return { state: 'readable' };
  if (archived === 'archived') {
    const GlacierJobParameters = { Tier: TIERS[tier] };
    // What the store moved to an archive by itself comes back for good, and takes no number of days.
    const RestoreRequest =
      found.ArchiveStatus === undefined ? { Days: days, GlacierJobParameters } : { GlacierJobParameters };
    await use(bucket, (s3) => s3.restoreObject({ ...at(bucket, key), RestoreRequest })).catch(
      (error: unknown) => {
        if (!hasCode(error, 'RestoreAlreadyInProgress')) throw error;
      },
    );
  }
  const etaMs = etaOf(place ?? '', tier);
  return { state: 'thawing', ...(etaMs === undefined ? {} : { etaMs }) };
}

const TIERS = { bulk: 'Bulk', standard: 'Standard', expedited: 'Expedited' } as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What AWS says is typical at most. */
function etaOf(place: string, tier: ThawTier): number | undefined {
  return (place.startsWith('DEEP_ARCHIVE') ? DEEP_ETA_MS : ETA_MS)[tier];
}

const ETA_MS: Readonly<Record<ThawTier, number>> = {
  expedited: 5 * MINUTE_MS,
  standard: 5 * HOUR_MS,
  bulk: 12 * HOUR_MS,
};
/** Its expedited tier does not exist, and is refused by the store. */
const DEEP_ETA_MS: Readonly<Partial<Record<ThawTier, number>>> = {
  standard: 12 * HOUR_MS,
  bulk: 48 * HOUR_MS,
};
