import { folders, parseKey } from '../catalog/keys.ts';
import type { Repository } from '../catalog/repository.ts';
import type { SnapshotRecord } from '../domain/record.ts';
import { ok, type Result } from '../domain/result.ts';
import type { Target } from '../domain/target.ts';
import { keyIdsOf } from '../bundle/key-packets.ts';
import type { CopySources } from './copy-sources.ts';
import { MAX_OVERLAY_BYTES } from './later-keys.ts';

export interface LaterKeysCopy {
  readonly record: SnapshotRecord;
  readonly target: Target;
  readonly sources: CopySources;
}

/**
 * Key packets of recipients that were added after the snapshot was taken: without them, those could
 * not read the copy. All sources are asked, for each has only what was added there. What cannot be
 * read is a warning: `key rewrap` adds it again.
 */
export async function copyLaterKeys(bundle: LaterKeysCopy): Promise<Result<void>> {
  for (const source of bundle.sources.usable()) {
    const listed = await source.target.list(folders.keysOf(bundle.record));
    if (!listed.ok) {
      bundle.sources.warn(`later keys on ${source.target.name} were not copied: ${listed.failure.message}`);
      continue;
    }
    for (const { key } of listed.value) {
      if (parseKey(key)?.kind !== 'keys') continue;
      const copied = await copyOverlay(bundle, source, key);
      if (!copied.ok) return copied;
    }
  }
  return ok();
}

async function copyOverlay(
  { target, sources }: LaterKeysCopy,
  source: Repository,
  key: string,
): Promise<Result<void>> {
  const bytes = await source.target.get(key, MAX_OVERLAY_BYTES);
  if (!bytes.ok || bytes.value === undefined || keyIdsOf(bytes.value) === undefined) {
    sources.warn(`${key} on ${source.target.name} is damaged and was not copied`);
    return ok();
  }
  const created = await target.create(key, bytes.value);
  return created.ok ? ok() : created;
}
