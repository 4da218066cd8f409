import type { Mode } from '../../src/domain/mode.ts';
import type { RetentionKeep, RetentionPolicy } from '../../src/domain/plan.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';

export interface Facts {
  readonly id: string;
  readonly at: string | number;
  readonly mode?: Mode;
  readonly parent?: string;
  readonly label?: string;
  readonly defect?: string;
  readonly pinned?: Snapshot['pinned'];
}

/** As `snapshot`, with the chains that the parents make; a parent comes before its children. */
export function snapshots(facts: readonly Facts[]): Snapshot[] {
  const byId = new Map<string, Snapshot>();
  for (const one of facts) byId.set(one.id, snapshot(one, byId.get(one.parent ?? '')));
  return [...byId.values()];
}

/** A snapshot as far as retention looks at it. */
export function snapshot(facts: Facts, below?: Snapshot): Snapshot {
  const { id, at, mode = 'full', parent, label, defect, pinned } = facts;
  const consistentAtMs = typeof at === 'number' ? at : Date.parse(at);
  const chain = {
    mode,
    root: below?.record.chain.root ?? id,
    level: below === undefined ? 0 : below.record.chain.level + 1,
    ...(parent === undefined ? {} : { parent: { snapshotId: parent, recordSha256: '00' } }),
  };
  const record = {
    snapshotId: id,
    chain,
    ...(label === undefined ? {} : { label }),
  } as unknown as Snapshot['record'];
  const rest = { plan: 'acme', resource: 'calls', committedMs: consistentAtMs, copies: [], record };
  return {
    id,
    mode,
    consistentAtMs,
    good: defect === undefined,
    ...(defect === undefined ? {} : { defect }),
    ...(pinned === undefined ? {} : { pinned }),
    ...rest,
  };
}

export function policy(keep: RetentionKeep, minimum = 1): RetentionPolicy {
  return { keep, minimum, countOnly: 'good', graceMs: 0, maxDelete: 0.3 };
}
