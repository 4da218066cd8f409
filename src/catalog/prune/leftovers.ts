import type { Leftover } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import type { ListedObject } from '../../domain/target.ts';
import { folders, parseKey, snapshotKey, type ParsedKey } from '../keys.ts';
import { lifeOf, type LifeEvents } from '../life-events.ts';
import { isProbe } from '../probe/probe-key.ts';
import { supersededCheckpoints } from '../checkpoint/superseded.ts';
import type { Repository } from '../repository.ts';
import { isFresh } from './intents.ts';
import { isOldLeftover } from './leftover-age.ts';
import { abandonedStaging } from './staging.ts';

export interface LeftoversRequest {
  readonly repository: Repository;
  readonly plan: string;
  readonly catalog: Catalog;
  readonly nowStoreMs: number;
}

/**
 * What killed runs left on a target: data without a record, staging, marks of what is gone, intents,
 * probes, and records that a prune had deleted. Only what is old, and only on a target that was read
 * in full: without that, absence is no evidence. Keys outside the grammar are never among it.
 */
export async function findLeftovers(request: LeftoversRequest): Promise<Result<readonly Leftover[]>> {
  const { repository, plan, catalog, nowStoreMs } = request;
  if (!catalog.read.has(repository.target.name)) return ok([]);
  const objects: ListedObject[] = [];
  // Records last: a writer makes data first, so data without a record in a later list has none.
  for (const folder of [...debrisFolders(plan), folders.snapshots(plan)]) {
    const listed = await repository.target.list(folder);
    if (!listed.ok) return listed;
    objects.push(...listed.value);
  }
  const facts = factsOf(request, objects);
  const kinds = objects.map((object) => ({ object, place: parseKey(object.key) }));
  return ok([
    ...kinds.flatMap(({ object, place }) => leftoverOf(object, place, facts)),
    ...abandonedStaging(objects, facts.inUse, nowStoreMs),
    ...oldCheckpoints(objects, nowStoreMs),
  ]);
}

function debrisFolders(plan: string): readonly string[] {
  const { data, keys, marks, intents, leases, checkpoints } = folders;
  return ['tmp/', data(plan), keys(plan), marks(plan), intents(plan), leases(plan), checkpoints(plan)];
}

function oldCheckpoints(objects: readonly ListedObject[], nowStoreMs: number): Leftover[] {
  return supersededCheckpoints(objects).flatMap(({ key, size: bytes, modifiedMs }) => {
    const kind = parseKey(key)?.kind === 'pack' ? 'pack' : 'checkpoint';
    const leftover: Leftover = { kind, key, bytes, modifiedMs };
    return isOldLeftover(leftover, nowStoreMs) ? [leftover] : [];
  });
}

interface Facts {
  readonly nowStoreMs: number;
  /** Keys of all records, whatever they say. */
  readonly records: ReadonlySet<string>;
  readonly recorded: ReadonlySet<string>;
  /** Keys of the records that count. */
  readonly live: ReadonlySet<string>;
  readonly inUse: ReadonlySet<string>;
  readonly life: LifeEvents;
}

function factsOf(
  { repository, catalog, nowStoreMs }: LeftoversRequest,
  objects: readonly ListedObject[],
): Facts {
  const { name } = repository.target;
  const copies = catalog.snapshots.flatMap((snapshot) => snapshot.copies);
  const recorded = objects.flatMap(({ key }) => {
    const place = parseKey(key);
    return place?.kind === 'snapshot' ? [{ key, snapshotId: place.snapshotId }] : [];
  });
  const inUse = objects.flatMap((object) => {
    const place = parseKey(object.key);
    return place?.kind === 'intent' && isFresh(object, nowStoreMs) ? [place.snapshotId] : [];
  });
  return {
    nowStoreMs,
    records: new Set(recorded.map(({ key }) => key)),
    recorded: new Set(recorded.map(({ snapshotId }) => snapshotId)),
    live: new Set(copies.filter(({ target }) => target === name).map(({ record }) => record.key)),
    inUse: new Set(inUse),
    life: lifeOf(catalog.events.filter(({ targetId }) => targetId === repository.targetId)),
  };
}

const KINDS: Readonly<Partial<Record<ParsedKey['kind'], Leftover['kind']>>> = {
  data: 'data',
  index: 'index',
  keys: 'keys',
  mark: 'mark',
  intent: 'intent',
  lease: 'lease',
  snapshot: 'record',
};

function leftoverOf(object: ListedObject, place: ParsedKey | undefined, facts: Facts): Leftover[] {
  const kind = place === undefined ? undefined : KINDS[place.kind];
  if (place === undefined || kind === undefined || !isLeftover(object.key, place, facts)) return [];
  const { key, size: bytes, modifiedMs } = object;
  const leftover: Leftover = { kind, key, bytes, modifiedMs };
  return isOldLeftover(leftover, facts.nowStoreMs) ? [leftover] : [];
}

function isLeftover(key: string, place: ParsedKey, facts: Facts): boolean {
  if (place.kind === 'data' || place.kind === 'index' || place.kind === 'keys')
    return !facts.records.has(snapshotKey(place)) && !facts.inUse.has(place.snapshotId);
  if (place.kind === 'mark')
    return !facts.recorded.has(place.snapshotId) || facts.life.isCancelled(place.snapshotId, place.runId);
  if (place.kind === 'snapshot') return !facts.live.has(key) && facts.life.wasPruned(place.snapshotId);
  return place.kind === 'intent' || (place.kind === 'lease' && isProbe(place));
}
