import type { ProbeFacts } from '../catalog/event-facts.ts';
import { newestProbe } from '../catalog/probe/newest-probe.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Catalog } from '../domain/snapshot.ts';
import type { TargetCapabilities } from '../domain/target.ts';

export interface StoreQuestion {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly target: string;
  readonly nowMs: number;
}

/**
 * Why nothing may be deleted on a target: each deletion looks first at what is there, and each writer
 * looks at the marks after it has written, so both must see at once what the other created.
 */
export function pruneTrustRefusal(question: StoreQuestion): Failure | undefined {
  const { probe, capabilities, exclusive } = storeOf(question);
  const broken = alwaysBroken(probe);
  if (broken !== undefined) return weak(question.target, broken);
  const racy = listsLate(capabilities, probe) ?? replaces(capabilities, probe);
  return racy === undefined || exclusive ? undefined : weak(question.target, racy, EXCLUSIVE_HINT);
}

/** Why a changed plan may not be committed to the log on a target: of two runs both could win. */
export function logTrustRefusal(question: StoreQuestion): Failure | undefined {
  const { probe, capabilities, exclusive } = storeOf(question);
  if (probe?.readAfterWrite === false) return weak(question.target, WRONG_BYTES);
  const racy = replaces(capabilities, probe);
  return racy === undefined || exclusive ? undefined : weak(question.target, racy, LOG_HINT);
}

interface Store {
  readonly capabilities: TargetCapabilities | undefined;
  readonly probe: ProbeFacts | undefined;
  readonly exclusive: boolean;
}

/** A store that nobody has probed yet is taken for what its protocol promises. */
function storeOf({ plan, catalog, target, nowMs }: StoreQuestion): Store {
  const store = catalog.stores?.get(target);
  const probe = store && newestProbe(catalog.events, { targetId: store.targetId, nowMs });
  return {
    capabilities: store?.capabilities,
    probe: probe?.facts,
    exclusive: plan.targets[target]?.exclusive === true,
  };
}

const WRONG_BYTES = 'gave other bytes back than it was given when it was probed';

/** What no exclusivity heals. */
function alwaysBroken(probe: ProbeFacts | undefined): string | undefined {
  if (probe?.wholeListings === false) return 'left objects out of long listings when it was probed';
  return probe?.readAfterWrite === false ? WRONG_BYTES : undefined;
}

function listsLate(
  capabilities: TargetCapabilities | undefined,
  probe: ProbeFacts | undefined,
): string | undefined {
  if (capabilities?.listAfterWrite === false) return 'may list new objects late';
  return probe?.listAfterWrite === false ? 'listed new objects late when it was probed' : undefined;
}

function replaces(
  capabilities: TargetCapabilities | undefined,
  probe: ProbeFacts | undefined,
): string | undefined {
  if (capabilities?.createOnly === false) return 'cannot keep two writers from creating the same object';
  if (probe?.createOnly === false) return 'replaced an object that existed when it was probed';
  return probe?.oneWinner === false ? 'let several writers create one object when it was probed' : undefined;
}

const EXCLUSIVE_HINT =
  'Where nothing else writes or deletes while a prune runs, say `exclusive: true` for the target in the plan.';
const LOG_HINT =
  'Let `state` name another target, or, where one run at a time writes here, say `exclusive: true` for it.';

function weak(target: string, what: string, hint?: string): Failure {
  const message = `the store of target ${target} ${what}`;
  return failure('STORE_WEAK', message, hint === undefined ? {} : { hint });
}
