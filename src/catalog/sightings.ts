import { createHash } from 'node:crypto';
import { failure } from '../domain/failure.ts';
import type { RecordCache } from '../domain/record-cache.ts';
import type { CatalogProblem } from '../domain/snapshot.ts';
import { mapBounded } from './bounded.ts';
import { parseKey } from './keys.ts';
import type { TargetReading } from './read-records.ts';
import type { Repository } from './repository.ts';
import { problemOf } from './target-problem.ts';

/** Records and events that this machine has verified on a target, whoever may sign there now. */
export interface Sightings {
  readonly repository: Repository;
  readonly plan: string;
  readonly cache: RecordCache;
}

/** So many of what a listing lacks are looked at one by one, newest first. */
const LOOKS = 8;
/** What prunes have explained is forgotten once it is so much of all that is remembered. */
const EXPLAINED_SHARE = 0.25;

/**
 * The high-water mark of this machine: a record or an event that it once verified on a target and that
 * is not there any more was removed, or the target was rolled back, unless a prune says that it deleted
 * it. What is missing stays remembered, so the alarm lasts. A machine that has forgotten starts anew.
 */
export async function compareWithSightings(
  { repository, plan, cache }: Sightings,
  reading: TargetReading,
): Promise<readonly CatalogProblem[]> {
  const { sighted } = reading;
  // A part of a target never held the rest.
  if (sighted === undefined || repository.target.capabilities.extract === true) return [];
  const scope = scopeOf(repository, plan);
  const remembered = (await cache.load(scope)).map(({ key }) => key);
  const known = new Set(remembered);
  const absent = remembered.filter((key) => !sighted.has(key));
  const explained = explainedBy(reading, absent);
  const fresh = [...sighted].filter((key) => !known.has(key));
  const kept = remembered.filter((key) => !explained.has(key));
  if (explained.size > remembered.length * EXPLAINED_SHARE)
    await cache.replace(scope, [...kept, ...fresh].map(sighting));
  else if (fresh.length > 0) await cache.add(scope, fresh.map(sighting));
  return problemsOf(
    repository,
    absent.filter((key) => !explained.has(key)),
  );
}

/** Whose signatures are believed does not matter here: a new key must not make this machine forget. */
function scopeOf({ repoId, targetId }: Repository, plan: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['sightings', repoId, targetId, plan]))
    .digest('hex');
}

function sighting(key: string): Parameters<RecordCache['add']>[1][number] {
  return { key, size: 0, modifiedMs: 0, sha256: '', value: null };
}

/** A flood of refused objects must not make this slow. */
function explainedBy({ life, problems }: TargetReading, absent: readonly string[]): ReadonlySet<string> {
  const told = new Set(problems.map(({ key }) => key));
  const isExplained = (key: string): boolean => {
    const place = parseKey(key);
    return told.has(key) || (place?.kind === 'snapshot' && life.wasPruned(place.snapshotId));
  };
  return new Set(absent.filter(isExplained));
}

async function problemsOf(
  repository: Repository,
  missing: readonly string[],
): Promise<readonly CatalogProblem[]> {
  const newestFirst = missing.toSorted((a, b) => (nameOf(a) < nameOf(b) ? 1 : -1));
  const [newest] = newestFirst;
  if (newest === undefined) return [];
  const looks = await mapBounded(newestFirst.slice(0, LOOKS), LOOKS, async (key) => ({
    key,
    facts: await repository.target.stat(key),
  }));
  const hidden = looks.find(({ facts }) => facts.ok && facts.value !== undefined);
  const why =
    hidden === undefined
      ? failure('TARGET_ROLLED_BACK', `${countsOf(missing)} that this machine has seen there before`)
      : failure('CATALOG_GAP', 'is there, but the target does not list it');
  return [problemOf(repository, why, hidden?.key ?? newest)];
}

/** Of snapshots and of events, names begin with their time. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function countsOf(missing: readonly string[]): string {
  const snapshots = missing.filter((key) => parseKey(key)?.kind === 'snapshot').length;
  const counts = [counted(snapshots, 'snapshot'), counted(missing.length - snapshots, 'event')];
  return `lacks ${counts.filter((count) => count !== undefined).join(' and ')}`;
}

function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `1 ${what}` : `${String(count)} ${what}s`;
}
