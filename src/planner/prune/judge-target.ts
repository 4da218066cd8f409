import type { ResourceSpec } from '../../domain/plan.ts';
import type { PruneRefusal, TargetPrune } from '../../domain/prune-plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { historyOf } from '../history.ts';
import type { TickMemory } from '../tick-memory.ts';
import type { Unchanged } from '../unchanged.ts';
import { judgeResource, type Sorted } from './judge-resource.ts';
import type { PruneInput } from './prune-input.ts';
import { targetRefusal } from './refusals.ts';
import { policiesOn, releaseOf } from './release.ts';
import { viewOf } from './target-view.ts';

export interface JudgedTarget {
  readonly prune: TargetPrune;
  /** By snapshot id, for what is not condemned here: why it stays; empty = released. */
  readonly keptBy: ReadonlyMap<string, readonly string[]>;
}

export interface PruneFacts extends PruneInput {
  readonly byResource: ReadonlyMap<string, readonly Snapshot[]>;
  readonly unchanged: ReadonlyMap<string, readonly Unchanged[]>;
  readonly ticks: TickMemory;
  /** Resources that are backed up before anything is deleted. */
  readonly inRun: ReadonlySet<string>;
  /** The resources to judge, in the order of the plan. */
  readonly wanted: readonly ResourceSpec[];
}

export function judgeTarget(target: string, facts: PruneFacts): JudgedTarget {
  const { nowMs } = facts;
  const { storeNowMs, leftovers = [] } = facts.targets[target] ?? {};
  const failure = targetRefusal(target, facts);
  const keptBy = new Map<string, readonly string[]>();
  const place: Place = { target, storeNowMs: storeNowMs ?? nowMs, frozen: failure !== undefined, keptBy };
  const judged = facts.wanted.flatMap((resource) => judgeOne(resource, place, facts) ?? []);
  const held = judged.reduce((sum, one) => sum + one.held, 0);
  // An apply has said already what it could not read.
  const isSilent = facts.kind === 'apply' && held === 0;
  const whole: PruneRefusal[] = failure === undefined || isSilent ? [] : [{ failure, held }];
  const collects = failure === undefined && facts.resources === undefined;
  return {
    prune: {
      target,
      condemn: judged.flatMap(({ condemn }) => condemn),
      sweep: judged.flatMap(({ sweep }) => sweep),
      waiting: judged.flatMap(({ waiting }) => waiting),
      reprieve: judged.flatMap(({ reprieve }) => reprieve),
      refusals: [...whole, ...judged.flatMap(({ refusals }) => refusals)],
      leftovers: collects ? leftovers : [],
    },
    keptBy,
  };
}

interface Place {
  readonly target: string;
  readonly storeNowMs: number;
  readonly frozen: boolean;
  readonly keptBy: Map<string, readonly string[]>;
}

function judgeOne(
  resource: ResourceSpec,
  { target, storeNowMs, frozen, keptBy }: Place,
  facts: PruneFacts,
): (Sorted & { readonly held: number }) | undefined {
  const { plan, nowMs, ticks, retentionChangedAmong, allowDelete } = facts;
  const snapshots = facts.byResource.get(resource.name);
  if (snapshots === undefined) return undefined;
  const view = viewOf(snapshots, target);
  const policies = policiesOn(resource, target);
  const release = releaseOf({ policies, view, timezone: plan.timezone, nowMs });
  for (const { id } of view.live) keptBy.set(id, []);
  for (const { id, reasons } of release.kept) keptBy.set(id, reasons);
  const { live } = view;
  const history = () => historyOf(live, facts.unchanged.get(resource.name) ?? [], nowMs);
  const backedUpFirst = facts.inRun.has(resource.name);
  const changedMs = retentionChangedAmong?.[resource.name];
  return judgeResource(
    { resource, target, policies, live, release, history, ticks, nowMs, backedUpFirst },
    {
      moment: { nowMs, storeNowMs, ...(changedMs === undefined ? {} : { changedMs }) },
      frozen,
      ...(allowDelete === undefined ? {} : { allowDelete }),
    },
  );
}
