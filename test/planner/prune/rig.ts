import type { CopyMark } from '../../../src/domain/mark.ts';
import { USUAL_TARGET_LIMITS } from '../../../src/domain/plan.ts';
import type { Plan, ResourceSpec, RetentionPolicy, TargetSpec } from '../../../src/domain/plan.ts';
import type { PruneChain, PrunePlan, TargetPrune } from '../../../src/domain/prune-plan.ts';
import type { Catalog, CopyState, EventRecord, Snapshot } from '../../../src/domain/snapshot.ts';
import { planPrune } from '../../../src/planner/prune/plan-prune.ts';
import type { PruneInput } from '../../../src/planner/prune/prune-input.ts';
import { catalog, DAY_MS, HOUR_MS, NOW_MS, plan, POLICY, resource, snapshot } from '../builders.ts';

/** Keeps the newest `last`, lets everything else go at once, unguarded. */
export function keepLast(last: number, rest: Partial<RetentionPolicy> = {}): RetentionPolicy {
  return { ...POLICY, keep: { last }, minimum: 1, maxDelete: 1, ...rest };
}

export function target(name: string, rest: Partial<TargetSpec> = {}): TargetSpec {
  return {
    name,
    type: 'filesystem',
    options: {},
    offsite: false,
    prune: 'apply',
    limits: USUAL_TARGET_LIMITS,
    ...rest,
  };
}

/** Nightly fulls up to last night, oldest first. */
export function nightly(count: number, rest: Partial<Parameters<typeof snapshot>[0]> = {}): Snapshot[] {
  return Array.from({ length: count }, (_, index) =>
    snapshot({
      resource: 'calls',
      taken: new Date(NOW_MS - 2 * HOUR_MS - (count - 1 - index) * DAY_MS).toISOString(),
      ...rest,
    }),
  );
}

export function mark(rest: Partial<CopyMark> = {}): CopyMark {
  return { runId: 'run-1', intent: 'condemn', markedMs: NOW_MS - HOUR_MS, graceMs: DAY_MS, ...rest };
}

/** The same snapshot, condemned on one target; good only where another copy is left. */
export function condemned(
  one: Snapshot,
  marks: readonly CopyMark[] = [mark()],
  rest: { readonly on?: string; readonly unmarked?: CopyState } = {},
): Snapshot {
  const { on = 'local', unmarked = 'present' } = rest;
  const copies = one.copies.map((copy) =>
    copy.target === on ? { ...copy, state: 'condemned' as const, marks, unmarked } : copy,
  );
  const good = one.good && copies.some(({ state }) => state === 'present');
  return { ...one, copies, good, ...(good ? {} : { defect: `a prune condemned it on ${on}` }) };
}

export function event(kind: EventRecord['event'], facts: object, at = NOW_MS): EventRecord {
  return { type: 'event', version: 1, event: kind, at: new Date(at).toISOString(), facts } as EventRecord;
}

export interface World {
  readonly snapshots: readonly Snapshot[];
  readonly policy?: RetentionPolicy;
  readonly resource?: Partial<ResourceSpec>;
  readonly plan?: Partial<Plan>;
  readonly catalog?: Partial<Catalog>;
  readonly input?: Partial<PruneInput>;
}

export function prunePlan({ snapshots, policy = keepLast(2), ...world }: World): PrunePlan {
  const retention = { full: policy, incremental: policy };
  const calls = resource('calls', { retention, ...world.resource });
  return planPrune({
    kind: 'prune',
    plan: plan([calls], [], world.plan),
    catalog: catalog(snapshots, world.catalog),
    targets: { local: { leftovers: [] } },
    nowMs: NOW_MS,
    ...world.input,
  });
}

/** What happens on the only target. */
export function prune(world: World): TargetPrune {
  const [only, ...others] = prunePlan(world).targets;
  if (only === undefined || others.length > 0) throw new Error('not one target');
  return only;
}

export function ids(chains: readonly PruneChain[]): string[] {
  return chains.flatMap(({ members }) => members.map(({ snapshotId }) => snapshotId));
}

export function codes({ refusals }: TargetPrune): string[] {
  return refusals.map(({ failure }) => failure.code);
}
