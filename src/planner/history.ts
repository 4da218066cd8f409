import { isRestorePoint, type Mode } from '../domain/mode.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';

/** What exists of one resource, as evidence for what is due. */
export interface History {
  /** Good snapshots, newest first; none from the future. */
  readonly good: readonly Snapshot[];
  /** Good snapshots that a clock dated into the future: they prove nothing about today. */
  readonly fromFuture: readonly Snapshot[];
}

/** Clocks of several writers may differ by this much. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

const STRENGTH: Readonly<Partial<Record<Mode, number>>> = {
  incremental: 1,
  differential: 2,
  full: 3,
  base: 3,
};
const NOTHING: History = { good: [], fromFuture: [] };

export function historiesOf(catalog: Catalog, nowMs: number): (resource: string) => History {
  const byResource = groupByResource(catalog.snapshots);
  const histories = new Map<string, History>();
  for (const [resource, snapshots] of byResource) histories.set(resource, historyOf(snapshots, nowMs));
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

function historyOf(snapshots: readonly Snapshot[], nowMs: number): History {
  const good = snapshots.filter((snapshot) => snapshot.good).sort(newestFirst);
  const isFuture = ({ consistentAtMs }: Snapshot) => consistentAtMs > nowMs + CLOCK_TOLERANCE_MS;
  return { good: good.filter((snapshot) => !isFuture(snapshot)), fromFuture: good.filter(isFuture) };
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

/** Until when a snapshot answers ticks: the moment its data shows, or the tick that it was taken for. */
export function answersUntilMs({ consistentAtMs, record }: Snapshot, nowMs: number): number {
  const slotMs = record.slot === undefined ? NaN : Date.parse(record.slot);
  return slotMs > consistentAtMs && slotMs <= nowMs ? slotMs : consistentAtMs;
}
