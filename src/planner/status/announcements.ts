import { factsOf } from '../../catalog/event-facts.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Plan, ResourceSpec } from '../../domain/plan.ts';
import type { Catalog, EventRecord, Snapshot } from '../../domain/snapshot.ts';
import { groupByResource, historyOf } from '../history.ts';
import { rememberTicks, type TickMemory } from '../tick-memory.ts';
import { unchangedByResource } from '../unchanged.ts';
import { latenessOn } from './lateness.ts';

export interface AnnouncementsInput {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly nowMs: number;
}

export interface BrokenAnnouncement {
  readonly target: string;
  readonly resource: string;
  /** Lower-case, no full stop. */
  readonly message: string;
}

/** Without a plan nobody knows how long a backup may take. */
const GRACE_MS = 60 * 60_000;

/**
 * Records announce when the next one is due. A target on which it has not come by then is shown as it
 * was, or gets no backups: which of the two, one target alone cannot tell. Where the plan has the
 * resource, its schedules must say the same, so that a slower schedule is no alarm; where there is no
 * plan, one resource that is still kept up is enough.
 */
export function brokenAnnouncements(input: AnnouncementsInput): readonly BrokenAnnouncement[] {
  const places = placesOf(input.catalog);
  const resources = Object.values(input.plan.resources);
  if (resources.length === 0) return silentTargets(places, input.nowMs);
  const ticks = rememberTicks();
  return resources.flatMap((resource) =>
    places
      .filter((place) => place.resource === resource.name)
      .flatMap((place) => lateOn(resource, place, { ...input, ticks })),
  );
}

/** What one target holds of one resource. */
interface Place {
  readonly target: string;
  readonly resource: string;
  readonly snapshots: readonly Snapshot[];
  readonly events: readonly EventRecord[];
  /** The latest moment by which anything there announces a newer record; -Infinity where nothing does. */
  readonly dueMs: number;
}

function placesOf({ snapshots, events, read }: Catalog): readonly Place[] {
  return [...groupByResource(snapshots)].flatMap(([resource, all]) =>
    [...read].flatMap((target) => {
      const copies = all.flatMap((one) => one.copies.filter((copy) => copy.target === target));
      const targetId = copies[0]?.record.targetId;
      if (targetId === undefined) return [];
      const here = all.filter((one) => one.copies.some((copy) => copy.target === target));
      const own = events.filter((event) => event.targetId === targetId && event.event === 'unchanged');
      const announced = [
        ...copies.map(({ record }) => record.nextExpectedBy),
        ...own.map((event) => announcedBy(event, resource)),
      ].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
      return [{ target, resource, snapshots: here, events: own, dueMs: latest(announced) }];
    }),
  );
}

function announcedBy(event: EventRecord, resource: string): string | undefined {
  const said = factsOf(event);
  return said.event === 'unchanged' && said.facts.resource === resource
    ? said.facts.nextExpectedBy
    : undefined;
}

function latest(moments: readonly number[]): number {
  return moments.reduce((last, moment) => Math.max(last, moment), -Infinity);
}

function lateOn(
  resource: ResourceSpec,
  { target, snapshots, events, dueMs }: Place,
  { nowMs, ticks }: AnnouncementsInput & { readonly ticks: TickMemory },
): BrokenAnnouncement[] {
  if (dueMs === -Infinity || dueMs > nowMs) return [];
  const unchanged = unchangedByResource(events).get(resource.name) ?? [];
  const history = historyOf(snapshots, unchanged, nowMs);
  const late = latenessOn(resource, target, { nowMs, ticks, history });
  return late === undefined ? [] : [stale(target, resource.name, nowMs - dueMs)];
}

function silentTargets(places: readonly Place[], nowMs: number): BrokenAnnouncement[] {
  const newest = new Map<string, Place>();
  for (const place of places)
    if (place.dueMs > (newest.get(place.target)?.dueMs ?? -Infinity)) newest.set(place.target, place);
  return [...newest.values()]
    .filter(({ dueMs }) => nowMs - dueMs > GRACE_MS)
    .map(({ target, resource, dueMs }) => stale(target, resource, nowMs - dueMs));
}

function stale(target: string, resource: string, overdueMs: number): BrokenAnnouncement {
  const message = `a newer record of ${resource} was due there ${formatDuration(overdueMs)} ago`;
  return { target, resource, message };
}
