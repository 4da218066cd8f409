import { keyIdsOf } from '../bundle/key-packets.ts';
import { folders, parseKey } from '../catalog/keys.ts';
import type { Repository } from '../catalog/repository.ts';
import type { SnapshotRecord } from '../domain/record.ts';

/** As much as the head of a message may have. */
export const MAX_OVERLAY_BYTES = 256 * 1024;

/** The name under which key packets of the index lie beside those of the artifacts. */
export const INDEX_NAME = 'index';

export interface LaterKeysPlace {
  readonly repository: Repository;
  readonly record: SnapshotRecord;
  /** Name of an artifact, or INDEX_NAME. */
  readonly artifact: string;
  /** Told what is there and of no use. */
  readonly note?: (message: string) => void;
}

/** Key packets that were added to one object of a bundle. What cannot be read or is damaged is told and left out. */
export async function readLaterKeys(place: LaterKeysPlace): Promise<readonly Uint8Array[]> {
  const { repository, record, artifact, note = () => undefined } = place;
  const listed = await repository.target.list(folders.keysOf(record));
  if (!listed.ok) {
    note(`keys that were added to ${record.snapshotId} could not be listed: ${listed.failure.message}`);
    return [];
  }
  const own = listed.value.filter(({ key }) => {
    const parsed = parseKey(key);
    return parsed?.kind === 'keys' && parsed.artifact === artifact;
  });
  const found: Uint8Array[] = [];
  for (const { key } of own) {
    const bytes = await repository.target.get(key, MAX_OVERLAY_BYTES);
    if (bytes.ok && bytes.value !== undefined && keyIdsOf(bytes.value) !== undefined) found.push(bytes.value);
    else note(`${key} on ${repository.target.name} is damaged and was ignored`);
  }
  return found;
}
