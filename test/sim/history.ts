import { parseKey } from '../../src/catalog/keys.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Actor, Operation } from './scheduler.ts';

/** What really happened, beside what the members of the world believe: nothing of it is used by them. */
export interface History {
  /** A record was created on the target. */
  committed(target: string, record: SnapshotRecord): void;
  /** Its writer was told that the snapshot is good there. */
  reported(target: string, snapshotId: string): void;
  /** An undelete said that these are back. */
  broughtBack(target: string, snapshotIds: readonly string[]): void;
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
}

interface Copies {
  readonly records: Map<string, SnapshotRecord>;
  readonly reported: Set<string>;
  readonly back: Set<string>;
  readonly lost: Map<string, number>;
}

export function createHistory(): History {
  const targets = new Map<string, Copies>();
  const released = new Map<string, ReadonlySet<string>>();
  const violations: string[] = [];
  let operations = 0;
  const on = (target: string): Copies => {
    const known = targets.get(target);
    if (known !== undefined) return known;
    const fresh: Copies = { records: new Map(), reported: new Set(), back: new Set(), lost: new Map() };
    targets.set(target, fresh);
    return fresh;
  };

  function removed(actor: Actor, target: string, snapshotId: string): void {
    const copies = on(target);
    if (!copies.lost.has(snapshotId)) copies.lost.set(snapshotId, operations);
    const mayGo = released.get(`${actor.name} ${target}`) ?? new Set<string>();
    for (const dependent of copies.records.values()) {
      const id = dependent.snapshotId;
      if (!lineage(copies.records, id).includes(snapshotId)) continue;
      const what = `${id} on ${target}: ${actor.name} deleted ${snapshotId}`;
      if (copies.back.has(id)) violations.push(`deleted after it was back: ${what}`);
      else if (!mayGo.has(id) && copies.reported.has(id)) violations.push(`reported good and lost: ${what}`);
      copies.reported.delete(id);
    }
  }

  return {
    violations,
    operations: () => operations,
    committed: (target, record) => on(target).records.set(record.snapshotId, record),
    reported: (target, snapshotId) => on(target).reported.add(snapshotId),
    broughtBack: (target, ids) => ids.forEach((id) => on(target).back.add(id)),
    released: (actor, target, ids) => released.set(`${actor.name} ${target}`, new Set(ids)),
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
