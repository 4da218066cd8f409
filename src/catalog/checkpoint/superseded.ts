import type { ListedObject } from '../../domain/target.ts';
import { parseKey } from '../keys.ts';

/** One may be in the making beside the one that is read. */
const KEPT = 2;

/** Checkpoints, with their packs, that newer ones have taken the place of; also packs without a checkpoint. */
export function supersededCheckpoints(objects: readonly ListedObject[]): readonly ListedObject[] {
  const parsed = objects.map((object) => ({ object, place: parseKey(object.key) }));
  const ids = parsed.flatMap(({ place }) => (place?.kind === 'checkpoint' ? [place.id] : []));
  const kept = new Set(ids.sort().slice(-KEPT));
  return parsed.flatMap(({ object, place }) => {
    const isOurs = place?.kind === 'checkpoint' || place?.kind === 'pack';
    return isOurs && !kept.has(place.id) ? [object] : [];
  });
}
