import { failure } from '../../domain/failure.ts';
import type { PruneChain } from '../../domain/prune-plan.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';

export type SweepOutcome =
  | { readonly state: 'swept'; readonly snapshots: number; readonly bytes: number }
  | { readonly state: 'kept' | 'deferred'; readonly reason: string };

export function sweepChain(context: PruneContext, chain: PruneChain): Promise<Result<SweepOutcome>> {
  return Promise.resolve(
    failed(failure('TARGET_DENIED', `${chain.root} on ${context.repository.target.name} stays`)),
  );
}
