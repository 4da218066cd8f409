import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import { unchangedByResource, type Unchanged } from './unchanged.ts';

/** What exists of one resource, as evidence for what is due. */
export interface History {
  /** Good snapshots, newest first; none from the future. */
  readonly good: readonly Snapshot[];
  /** Good snapshots that a clock dated into the future: they prove nothing about today. */
  readonly fromFuture: readonly Snapshot[];
  /** Looks that found the source equal to what was the newest good restore point then and still is good; newest first. */
  readonly unchanged: readonly Unchanged[];
}

/** Clocks of several writers may differ by this much. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

const STRENGTH: Readonly<Partial<Record<Mode, number>>> = {
  incremental: 1,
  differential: 2,
  full: 3,
  base: 3,
};
const NOTHING: History = { good: [], fromFuture: [], unchanged: [] };

export function historiesOf(catalog: Catalog, nowMs: number): (resource: string) => History {
  const unchanged = unchangedByResource(catalog.events);
  const histories = new Map<string, History>();
  for (const [resource, snapshots] of groupByResource(catalog.snapshots))
    histories.set(resource, historyOf(snapshots, unchanged.get(resource) ?? [], nowMs));
  return (resource) => histories.get(resource) ?? NOTHING;
}

export function groupByResource(snapshots: readonly Snapshot[]): Map<string, Snapshot[]> {
  const groups = new Map<string, Snapshot[]>();
  for (const snapshot of snapshots) {
    const group = groups.get(snapshot.resource);
    if (group === undefined) groups.set(snapshot.resource, [snapshot]);
    else group.push(snapshot);
  }
  return groups;
}

export function historyOf(
  snapshots: readonly Snapshot[],
  unchanged: readonly Unchanged[],
  nowMs: number,
): History {
  const all = snapshots.filter((snapshot) => snapshot.good).sort(newestFirst);
  const good = all.filter((snapshot) => !isFromFuture(snapshot, nowMs));
  return {
    good,
    fromFuture: all.filter((snapshot) => isFromFuture(snapshot, nowMs)),
    unchanged: aboutTheNewest(
      good,
      unchanged.filter(({ atMs }) => !isFuture(atMs, nowMs)),
    ),
  };
}

/** Dated so by a clock that was wrong. */
export function isFromFuture({ consistentAtMs }: Snapshot, nowMs: number): boolean {
  return isFuture(consistentAtMs, nowMs);
}

function isFuture(atMs: number, nowMs: number): boolean {
  return atMs > nowMs + CLOCK_TOLERANCE_MS;
}

/** A look at something older than what could be restored then says nothing about that. Both newest first. */
function aboutTheNewest(good: readonly Snapshot[], looks: readonly Unchanged[]): Unchanged[] {
  const points = good.filter(({ mode }) => isRestorePoint(mode));
  let newest = 0;
  return looks.filter(({ snapshotId, atMs }) => {
    while ((points[newest]?.consistentAtMs ?? -Infinity) > atMs) newest += 1;
    return points[newest]?.id === snapshotId;
  });
}

export function newestFirst(a: Snapshot, b: Snapshot): number {
  return b.consistentAtMs - a.consistentAtMs || (a.id < b.id ? 1 : -1);
}

/** A snapshot answers a tick of its own mode, and of every weaker mode of restore point. */
export function answersMode(taken: Mode, wanted: Mode): boolean {
  return (
    taken === wanted ||
    (isRestorePoint(taken) && isRestorePoint(wanted) && strengthOf(taken) >= strengthOf(wanted))
  );
}

export function strengthOf(mode: Mode): number {
  return STRENGTH[mode] ?? 0;
}

/** The newest good snapshot that answers ticks of a mode. */
export function newestFor(history: History, mode: Mode): Snapshot | undefined {
  return history.good.find((snapshot) => answersMode(snapshot.mode, mode));
}

/**
 * Until when ticks of a mode are answered: the moment that the newest snapshot shows, the last time
 * the source was found equal to it, or the tick that either was for. Undefined where there is none.
 */
export function answeredUntilMs(history: History, mode: Mode, nowMs: number): number | undefined {
  const newest = newestFor(history, mode);
  if (newest === undefined) return undefined;
  const taken = shownMs(newest, nowMs);
  const look = history.unchanged.find((one) => answersMode(one.mode, mode));
  return look === undefined ? taken : Math.max(taken, answersUntilMs(look.atMs, look.slot, nowMs));
}

/** The moment that a snapshot shows, or the tick that it was for where a clock puts that later. */
export function shownMs({ consistentAtMs, record }: Snapshot, nowMs: number): number {
  return answersUntilMs(consistentAtMs, record.slot, nowMs);
}

function answersUntilMs(atMs: number, slot: string | undefined, nowMs: number): number {
  const slotMs = slot === undefined ? NaN : Date.parse(slot);
  return slotMs > atMs && slotMs <= nowMs ? slotMs : atMs;
}

/** The last moment of which the newest good restore point is known to show the source. */
export function freshUntilMs({ good, unchanged }: History): number | undefined {
  const newest = good.find(({ mode }) => isRestorePoint(mode));
  if (newest === undefined) return undefined;
  const look = unchanged.find(({ snapshotId }) => snapshotId === newest.id);
  return Math.max(newest.consistentAtMs, look?.atMs ?? 0);
}
