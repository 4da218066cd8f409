import { factsOf } from '../catalog/event-facts.ts';
import { timeOfSnapshotId } from '../catalog/ids.ts';
import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import type { Catalog, Copy, Snapshot } from '../domain/snapshot.ts';
import { isFromFuture, shownMs } from './history.ts';
import type { Reach } from './reach.ts';
import type { Reaches } from './reaches.ts';
import type { TickMemory } from './tick-memory.ts';

/** Which snapshots of a resource should have a copy on a target, those aside that others build on. */
export interface Belonging {
  readonly has: (snapshot: Snapshot) => boolean;
  /** One of this mode belongs if it is taken from this tick on; -Infinity where any does. */
  readonly nextTickMs: (mode: Mode) => number;
}

/** By resource and target, each worked out once per planning call. */
export type Belongings = (resource: ResourceSpec, target: string) => Belonging;

export interface BelongingQuestion {
  readonly resource: ResourceSpec;
  readonly target: string;
  /** All of the resource, on whatever target. */
  readonly snapshots: readonly Snapshot[];
  /** Asked for only where the edge has a schedule. */
  readonly reach: () => Reach;
  /** Moments of snapshots that a prune has deleted on the target. */
  readonly pruned: { readonly ids: ReadonlySet<string>; readonly moments: readonly number[] };
  readonly nowMs: number;
  readonly ticks: TickMemory;
}

/**
 * Everything whose mode goes there; with a schedule on the edge only the first after each of its
 * ticks. Restore points count together, whatever their mode. What can never stand on the target
 * answers no tick, so the next one does; what retention has released there did answer its tick. Of a
 * target that was not read less is known, so that more belongs, never less.
 */
export function belongingOn(question: BelongingQuestion): Belonging {
  const { resource, target } = question;
  const goesThere = (mode: Mode): boolean => resource.targets[mode]?.includes(target) === true;
  if (resource.edges[target]?.schedule === undefined)
    return { has: ({ mode }) => goesThere(mode), nextTickMs: () => -Infinity };
  const families = new Map<Family, Answers>();
  const answersOf = (mode: Mode): Answers => {
    const family = familyOf(mode);
    const known = families.get(family) ?? answersTo(family, question);
    families.set(family, known);
    return known;
  };
  return {
    has: (snapshot) =>
      goesThere(snapshot.mode) &&
      (isFromFuture(snapshot, question.nowMs) || answersOf(snapshot.mode).ids.has(snapshot.id)),
    nextTickMs: (mode) => answersOf(mode).nextMs,
  };
}

export type Family = 'restore-point' | Exclude<Mode, 'full' | 'incremental' | 'differential' | 'base'>;

/** Modes that answer one another's ticks. */
export function familyOf(mode: Mode): Family {
  return isRestorePoint(mode) ? 'restore-point' : (mode as Family);
}

export interface BelongingGround {
  readonly catalog: Catalog;
  readonly byResource: ReadonlyMap<string, readonly Snapshot[]>;
  readonly reaches: Reaches;
  readonly nowMs: number;
  readonly ticks: TickMemory;
}

export function rememberBelongings({ catalog, byResource, reaches, ...moment }: BelongingGround): Belongings {
  const known = new Map<string, Belonging>();
  let gone: GoneMoments | undefined;
  return (resource, target) => {
    const place = `${resource.name} ${target}`;
    const found = known.get(place);
    if (found !== undefined) return found;
    const ids = catalog.pruned?.get(target) ?? new Set();
    const isTimed = resource.edges[target]?.schedule !== undefined && ids.size > 0;
    if (isTimed) gone ??= goneMoments(catalog);
    const belonging = belongingOn({
      resource,
      target,
      snapshots: byResource.get(resource.name) ?? [],
      reach: () => reaches(resource.name, target),
      pruned: { ids, moments: (isTimed ? gone?.get(place) : undefined) ?? [] },
      ...moment,
    });
    known.set(place, belonging);
    return belonging;
  };
}

interface Answers {
  readonly ids: ReadonlySet<string>;
  /** The tick that waits for an answer; -Infinity before the first snapshot. */
  readonly nextMs: number;
}

interface Moment {
  readonly ms: number;
  readonly id?: string;
}

function answersTo(family: Family, question: BelongingQuestion): Answers {
  const { resource, target, ticks } = question;
  const schedule = resource.edges[target]?.schedule;
  const ids = new Set<string>();
  let nextMs = -Infinity;
  if (schedule === undefined) return { ids, nextMs };
  for (const { ms, id } of momentsOf(family, question)) {
    if (ms < nextMs) continue;
    if (id !== undefined) ids.add(id);
    nextMs = ticks.next(schedule, ms) ?? Infinity;
  }
  return { ids, nextMs };
}

/** Whatever is there or was, or can be, oldest first. */
function momentsOf(family: Family, question: BelongingQuestion): readonly Moment[] {
  const { resource, target, snapshots, pruned, nowMs } = question;
  const reach = question.reach();
  const isAnswer = ({ id, copies }: Snapshot): boolean =>
    pruned.ids.has(id) || reach.has(id) || copies.some((copy) => isCondemnedOn(target, copy));
  const own = snapshots.filter(
    (snapshot) =>
      familyOf(snapshot.mode) === family &&
      resource.targets[snapshot.mode]?.includes(target) === true &&
      !isFromFuture(snapshot, nowMs) &&
      isAnswer(snapshot),
  );
  const moments: Moment[] = own.map((snapshot) => ({ ms: shownMs(snapshot, nowMs), id: snapshot.id }));
  // Of what is gone nobody knows the mode.
  const isSure = family === 'restore-point' && resource.schedules.every(({ mode }) => isRestorePoint(mode));
  if (isSure) moments.push(...pruned.moments.map((ms) => ({ ms })));
  return moments.sort((a, b) => a.ms - b.ms || ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}

function isCondemnedOn(target: string, copy: Copy): boolean {
  return copy.target === target && copy.state === 'condemned';
}

/** `resource target` → when the snapshots were taken that are gone there. */
type GoneMoments = ReadonlyMap<string, readonly number[]>;

function goneMoments({ events, stores }: Catalog): GoneMoments {
  const names = new Map([...(stores ?? [])].map(([name, { targetId }]) => [targetId, name]));
  const found = new Map<string, number[]>();
  for (const event of events) {
    if (event.event !== 'gone') continue;
    const said = factsOf(event);
    const target = names.get(event.targetId);
    if (said.event !== 'gone' || target === undefined) continue;
    const ms = timeOfSnapshotId(said.facts.snapshotId);
    const place = `${said.facts.resource} ${target}`;
    if (ms === undefined) continue;
    const own = found.get(place);
    if (own === undefined) found.set(place, [ms]);
    else own.push(ms);
  }
  return found;
}
