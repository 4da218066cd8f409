import { failure } from '../../domain/failure.ts';
import type { PruneChain } from '../../domain/prune-plan.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';

/** Marks every member of a chain: its grace begins, by the store's clock. */
export function condemnChain(context: PruneContext, chain: PruneChain): Promise<Result<void>> {
  return Promise.resolve(
    failed(failure('TARGET_DENIED', `${chain.root} on ${context.repository.target.name} stays`)),
  );
}
