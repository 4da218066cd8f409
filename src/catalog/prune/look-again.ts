import type { Verifier } from '../../domain/cryptography.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { EventKind, EventRecord } from '../../domain/snapshot.ts';
import { folders } from '../keys.ts';
import { lifeOf, type LifeEvents } from '../life-events.ts';
import { isWithoutEffect, readFolder, type Found, type Kinds, type ReadingPlace } from '../read-folder.ts';
import type { Repository } from '../repository.ts';

/** What a chain is made of: all that a sweep needs to know of a record. */
export interface RecordLink {
  readonly key: string;
  readonly snapshotId: string;
  readonly recordSha256: string;
  readonly level: number;
  /** Snapshot id of the full at the bottom. */
  readonly root: string;
}

/** Every record of a resource that lies on the target now. */
export const readLinks = listingEachTime('snapshot', ({ key, value, sha256 }): RecordLink => ({
  key,
  snapshotId: value.snapshotId,
  recordSha256: sha256,
  level: value.chain.level,
  root: value.chain.root,
}));

export function linksFolder(plan: string, resource: string): string {
  return `${folders.snapshots(plan)}${resource}/`;
}

/** What the events that lie on the target now say about the life of snapshots. */
export async function readLifeEvents(place: ReadingPlace): Promise<Result<LifeEvents>> {
  const events = await readEvents(place, folders.events(place.plan));
  return events.ok ? ok(lifeOf(events.value.flatMap((event) => event ?? []))) : events;
}

const ABOUT_LIFE: ReadonlySet<EventKind> = new Set(['pin', 'unpin', 'demote', 'cancel', 'gone']);

const readEvents = listingEachTime('event', ({ value }): EventRecord | undefined =>
  ABOUT_LIFE.has(value.event) ? value : undefined,
);

interface Memory<T> {
  readonly verifier: Verifier;
  readonly facts: Map<string, { readonly modifiedMs: number; readonly facts: T }>;
}

/**
 * Lists anew at each call and reads only what was not read before: objects never change. A prune
 * looks again before every chain that it deletes, and would else read the whole history each time.
 */
function listingEachTime<K extends keyof Kinds, T>(
  kind: K,
  factsOf: (found: Found<Kinds[K]>) => T,
): (place: ReadingPlace, prefix: string) => Promise<Result<readonly T[]>> {
  const memories = new WeakMap<Repository, Memory<T>>();
  return async (place, prefix) => {
    const { verifier } = place;
    const last = memories.get(place.repository);
    // Whom one verifier believes another may not.
    const { facts: memory } = last?.verifier === verifier ? last : { facts: new Map() as Memory<T>['facts'] };
    memories.set(place.repository, { verifier, facts: memory });
    const isKnown = ({ key, modifiedMs }: { key: string; modifiedMs: number }): boolean =>
      memory.get(key)?.modifiedMs === modifiedMs;
    const reading = await readFolder(place, kind, { prefix, isKnown });
    if (!reading.ok) return reading;
    const { found, failures, known } = reading.value;
    const unread = failures.find((one) => !isWithoutEffect(one.failure));
    if (unread !== undefined) return failed(unread.failure);
    for (const one of found) memory.set(one.key, { modifiedMs: one.modifiedMs, facts: factsOf(one) });
    return ok([...known, ...found.map(({ key }) => key)].flatMap((key) => memory.get(key)?.facts ?? []));
  };
}
