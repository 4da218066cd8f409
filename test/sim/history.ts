import { parseKey } from '../../src/catalog/keys.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Actor, Operation } from './scheduler.ts';

/** What really happened, beside what the members of the world believe: nothing of it is used by them. */
export interface History {
  /** A record was created on the target. */
  committed(target: string, record: SnapshotRecord): void;
  /** Its writer was told that the snapshot is good there. */
  reported(target: string, snapshotId: string): void;
  /** An undelete that began at that operation said that these are back. */
  broughtBack(target: string, snapshotIds: readonly string[], since: number): void;
  /** From now on no undelete keeps it. */
  unpinned(snapshotId: string): void;
  /** Somebody has said on the target that it reads these; gives what ends that. */
  reading(target: string, snapshotIds: readonly string[]): () => void;
  /** From now on the actor may delete these, for retention has released them. */
  released(actor: Actor, target: string, snapshotIds: readonly string[]): void;
  /** Looks at every operation that took effect. */
  observe(actor: Actor, operation: Operation): void;
  /** What must still be there, by target. */
  promised(target: string): readonly SnapshotRecord[];
  /** When the snapshot lost an object on the target, counted in operations. */
  lostAt(target: string, snapshotId: string): number;
  readonly violations: readonly string[];
  operations(): number;
  /** How many snapshots were reported good so far. */
  reports(): number;
}

interface Copies {
  readonly records: Map<string, SnapshotRecord>;
  readonly reported: Set<string>;
  readonly back: Set<string>;
  readonly lost: Map<string, number>;
  readonly readings: Set<Reading>;
}

interface Reading {
  readonly ids: readonly string[];
  /** Operations and time when it had been said. */
  readonly since: number;
  readonly sinceMs: number;
}

/** What an actor may delete on a target, and since which operation. */
interface Release {
  readonly ids: ReadonlySet<string>;
  readonly since: number;
}

const INTENT_TTL_MS = 3_600_000;

export function createHistory(nowMs: () => number): History {
  const targets = new Map<string, Copies>();
  const releases = new Map<string, Release>();
  const unpinned = new Map<string, number>();
  const violations: string[] = [];
  let operations = 0;
  let reports = 0;
  const on = (target: string): Copies => {
    const known = targets.get(target);
    if (known !== undefined) return known;
    const fresh: Copies = {
      ...{ records: new Map(), reported: new Set(), back: new Set(), lost: new Map() },
      readings: new Set(),
    };
    targets.set(target, fresh);
    return fresh;
  };

  function removed(actor: Actor, target: string, snapshotId: string): void {
    const copies = on(target);
    if (!copies.lost.has(snapshotId)) copies.lost.set(snapshotId, operations);
    const release = releases.get(`${actor.name} ${target}`);
    const isRead = [...copies.readings].some(
      ({ ids, since, sinceMs }) =>
        ids.includes(snapshotId) && since < (release?.since ?? 0) && nowMs() - sinceMs < INTENT_TTL_MS,
    );
    if (isRead) violations.push(`deleted while it was read: ${snapshotId} on ${target} by ${actor.name}`);
    for (const dependent of copies.records.values()) {
      const id = dependent.snapshotId;
      if (!lineage(copies.records, id).includes(snapshotId)) continue;
      const what = `${id} on ${target}: ${actor.name} deleted ${snapshotId}`;
      if (copies.back.has(id)) violations.push(`deleted after it was back: ${what}`);
      else if (release?.ids.has(id) !== true && copies.reported.has(id))
        violations.push(`reported good and lost: ${what}`);
      copies.reported.delete(id);
    }
  }

  return {
    violations,
    operations: () => operations,
    committed: (target, record) => on(target).records.set(record.snapshotId, record),
    reports: () => reports,
    reported: (target, snapshotId) => {
      reports += 1;
      on(target).reported.add(snapshotId);
    },
    broughtBack: (target, ids, since) => {
      const { back, records } = on(target);
      const isPinned = !ids.some((id) => (unpinned.get(id) ?? -1) >= since);
      if (isPinned) for (const id of ids) if (records.has(id)) back.add(id);
    },
    unpinned: (snapshotId) => {
      unpinned.set(snapshotId, operations);
      for (const { back, records } of targets.values()) {
        const root = records.get(snapshotId)?.chain.root;
        for (const id of back) if (records.get(id)?.chain.root === root) back.delete(id);
      }
    },
    reading: (target, ids) => {
      const reading = { ids, since: operations, sinceMs: nowMs() };
      on(target).readings.add(reading);
      return () => on(target).readings.delete(reading);
    },
    released: (actor, target, ids) =>
      releases.set(`${actor.name} ${target}`, { ids: new Set(ids), since: operations }),
    promised: (target) => {
      const { records, reported } = on(target);
      return [...reported].flatMap((id) => records.get(id) ?? []);
    },
    lostAt: (target, snapshotId) => {
      const { records, lost } = on(target);
      return Math.min(...lineage(records, snapshotId).map((id) => lost.get(id) ?? Infinity));
    },
    observe: (actor, { what, key }) => {
      operations += 1;
      if (what !== 'remove') return;
      const [target = '', path = ''] = key.split(':');
      const parsed = parseKey(path);
      if (parsed?.kind === 'data' || parsed?.kind === 'index' || parsed?.kind === 'snapshot')
        removed(actor, target, parsed.snapshotId);
    },
  };
}

/** The snapshot and all that it is built on. */
export function lineage(records: ReadonlyMap<string, SnapshotRecord>, snapshotId: string): string[] {
  const ids: string[] = [];
  for (let at: string | undefined = snapshotId; at !== undefined && !ids.includes(at);) {
    ids.push(at);
    at = records.get(at)?.chain.parent?.snapshotId;
  }
  return ids;
}
