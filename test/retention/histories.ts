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
}

/** A snapshot as far as retention looks at it. */
export function snapshot({ id, at, mode = 'full', parent, label, defect }: Facts): Snapshot {
  const consistentAtMs = typeof at === 'number' ? at : Date.parse(at);
  const chain = {
    mode,
    root: id,
    level: 0,
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
    ...rest,
  };
}

export function policy(keep: RetentionKeep, minimum = 1): RetentionPolicy {
  return { keep, minimum, countOnly: 'good', graceMs: 0, maxDelete: 0.3 };
}
