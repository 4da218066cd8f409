import type { Leftover } from '../../domain/prune-plan.ts';
import type { ListedObject } from '../../domain/target.ts';
import { isSnapshotId, isUlid } from '../ids.ts';
import { parseKey } from '../keys.ts';
import { isOldLeftover } from './leftover-age.ts';

/** Staging folders in which everything is old and nothing is being uploaded; what says whose they are goes last. */
export function abandonedStaging(
  objects: readonly ListedObject[],
  inUse: ReadonlySet<string>,
  nowStoreMs: number,
): readonly Leftover[] {
  const folders = new Map<string, ListedObject[]>();
  for (const object of objects) {
    const place = parseKey(object.key);
    if (place?.kind !== 'staging' || !isUlid(place.runId)) continue;
    folders.set(place.runId, [...(folders.get(place.runId) ?? []), object]);
  }
  return [...folders.values()].flatMap((files) => {
    const leftovers = files.map(({ key, size: bytes, modifiedMs }) => ({
      kind: 'staging' as const,
      key,
      bytes,
      modifiedMs,
    }));
    const isAbandoned = leftovers.every(
      (file) => isOldLeftover(file, nowStoreMs) && !inUse.has(stagedSnapshotId(file.key) ?? ''),
    );
    return isAbandoned ? leftovers.toSorted((a, b) => Number(isOwner(a.key)) - Number(isOwner(b.key))) : [];
  });
}

/** The snapshot that a staged file is a part of. */
export function stagedSnapshotId(key: string): string | undefined {
  const [id = ''] = key.slice(key.lastIndexOf('/') + 1).split('.');
  return isSnapshotId(id) ? id : undefined;
}

function isOwner(key: string): boolean {
  return key.endsWith('/owner');
}
