import type { Mode } from '../../domain/mode.ts';
import type { ResourceSpec, RetentionPolicy } from '../../domain/plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { applyRetention, type KeptSnapshot } from '../../retention/apply-retention.ts';
import { chainsOf } from '../../retention/chains.ts';
import { asIfReprieved, type TargetView } from './target-view.ts';

export type Policies = Readonly<Partial<Record<Mode, RetentionPolicy>>>;

/** What retention says of a resource on one target, chain by chain. */
export interface Release {
  /** Not condemned yet, and no longer wanted. */
  readonly fresh: readonly (readonly Snapshot[])[];
  /** Condemned, and still not wanted. */
  readonly confirmed: readonly (readonly Snapshot[])[];
  /** Condemned, and wanted again: pinned, or retention keeps it. */
  readonly revoked: readonly (readonly Snapshot[])[];
  readonly kept: readonly KeptSnapshot[];
}

export interface ReleaseQuestion {
  readonly policies: Policies;
  readonly view: TargetView;
  readonly timezone: string;
  readonly nowMs: number;
}

/** Retention of each mode on a target: what the resource says about the target goes before. */
export function policiesOn({ retention, edges }: ResourceSpec, target: string): Policies {
  const edge = edges[target]?.retention;
  if (edge === undefined) return retention;
  return Object.fromEntries(Object.keys(retention).map((mode) => [mode, edge]));
}

/**
 * What is condemned takes nobody's place, so it cannot make anything else go; whether it would be
 * kept is asked separately, as if its marks were not there.
 */
export function releaseOf({ view, policies, timezone, nowMs }: ReleaseQuestion): Release {
  const judge = (snapshots: readonly Snapshot[]) => applyRetention({ policies, snapshots, timezone, nowMs });
  const { keep, remove } = judge(view.live);
  const released = new Set(remove);
  const chains = released.size === 0 ? [] : [...chainsOf(view.live).values()];
  const fresh = chains.filter((chain) => chain.every(({ id }) => released.has(id)));
  if (view.condemned.length === 0) return { fresh, confirmed: [], revoked: [], kept: keep };
  const revived = view.condemned.flatMap(asIfReprieved);
  const wanted = new Set(judge([...view.live, ...revived]).keep.map(({ id }) => id));
  const isWanted = (chain: readonly Snapshot[]) =>
    chain.some(
      ({ id, pinned }) => wanted.has(id) || (pinned !== undefined && (pinned.untilMs ?? Infinity) > nowMs),
    );
  return {
    fresh,
    confirmed: view.condemned.filter((chain) => !isWanted(chain)),
    revoked: view.condemned.filter(isWanted),
    kept: keep,
  };
}
