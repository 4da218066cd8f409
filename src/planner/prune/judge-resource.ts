import type { PruneChain, PruneRefusal, TargetPrune } from '../../domain/prune-plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { condemnationOf, newTerm, type Moment } from './grace.ts';
import { pruneChain } from './prune-chain.ts';
import { guardRefusal, resourceRefusal, type Releasing } from './refusals.ts';

/** What happens to the chains of one resource on one target. */
export type Sorted = Pick<TargetPrune, 'condemn' | 'sweep' | 'waiting' | 'reprieve' | 'refusals'>;

export interface Limits {
  readonly moment: Moment;
  /** Number of snapshots that may go whatever the delete guard says. */
  readonly allowDelete?: number;
  /** The target as a whole is refused: only marks may be taken back. */
  readonly frozen: boolean;
}

/** Sorts what retention released into what is marked, deleted, left waiting or taken back now. */
export function judgeResource(
  releasing: Releasing,
  { moment, allowDelete, frozen }: Limits,
): Sorted & {
  readonly held: number;
} {
  const fresh = sortFresh(releasing, moment);
  const old = sortCondemned(releasing, moment);
  const held = countOf([...fresh.condemn, ...fresh.sweep, ...old.condemn, ...old.sweep]);
  const kept = { condemn: [], sweep: [], waiting: old.waiting, reprieve: old.reprieve };
  if (frozen) return { ...kept, refusals: [], held };
  const all = held === 0 ? undefined : resourceRefusal(releasing);
  if (all !== undefined) return { ...kept, refusals: [refusal(releasing, all, held)], held };
  const guard = guardRefusal(releasing, allowDelete);
  if (guard !== undefined) {
    const refusals = [refusal(releasing, guard, countOf([...fresh.condemn, ...fresh.sweep]))];
    return { ...old, refusals, held };
  }
  return {
    ...old,
    condemn: [...old.condemn, ...fresh.condemn],
    sweep: [...old.sweep, ...fresh.sweep],
    refusals: [],
    held,
  };
}

type Chains = Pick<TargetPrune, 'condemn' | 'sweep' | 'waiting' | 'reprieve'>;

function sortFresh({ release, policies }: Releasing, moment: Moment): Pick<Chains, 'condemn' | 'sweep'> {
  const chains = release.fresh.map((chain) => pruneChain(chain, newTerm(chain, policies, moment)));
  return {
    condemn: chains.filter(({ graceMs }) => graceMs > 0),
    sweep: chains.filter(({ graceMs }) => graceMs === 0),
  };
}

function sortCondemned({ release, policies }: Releasing, moment: Moment): Chains {
  const sorted = { condemn: [], sweep: [], waiting: [], reprieve: [] } as {
    [Fate in keyof Chains]: PruneChain[];
  };
  for (const chain of release.confirmed) {
    const { fate, chain: planned } = confirmedFate(chain, newTerm(chain, policies, moment), moment);
    sorted[fate].push(planned);
  }
  for (const chain of release.revoked) {
    const { sweeping, ...term } = condemnationOf(chain, moment);
    sorted[sweeping ? 'waiting' : 'reprieve'].push(pruneChain(chain, termOf(term)));
  }
  return sorted;
}

interface Fate {
  readonly fate: 'condemn' | 'sweep' | 'waiting';
  readonly chain: PruneChain;
}

/** A chain that was marked only in part is marked again, unless it needs no grace any more. */
function confirmedFate(
  chain: readonly Snapshot[],
  fresh: Pick<PruneChain, 'graceMs' | 'sweepAtMs'>,
  moment: Moment,
): Fate {
  const condemnation = condemnationOf(chain, moment);
  if (condemnation.complete || fresh.graceMs === 0) {
    const term = condemnation.complete ? termOf(condemnation) : { ...termOf(condemnation), graceMs: 0 };
    return { fate: condemnation.isOver ? 'sweep' : 'waiting', chain: pruneChain(chain, term) };
  }
  return { fate: 'condemn', chain: pruneChain(chain, fresh) };
}

function termOf({
  graceMs,
  sweepAtMs,
}: Pick<PruneChain, 'graceMs' | 'sweepAtMs'>): Pick<PruneChain, 'graceMs' | 'sweepAtMs'> {
  return { graceMs, sweepAtMs };
}

function countOf(chains: readonly PruneChain[]): number {
  return chains.reduce((sum, { members }) => sum + members.length, 0);
}

function refusal({ resource }: Releasing, why: PruneRefusal['failure'], held: number): PruneRefusal {
  return { resource: resource.name, failure: why, held };
}
