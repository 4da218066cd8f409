import { failure } from '../../domain/failure.ts';
import type { PruneChain } from '../../domain/prune-plan.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';

export function reprieveChain(context: PruneContext, chain: PruneChain): Promise<Result<void>> {
  return Promise.resolve(
    failed(failure('TARGET_DENIED', `${chain.root} on ${context.repository.target.name} stays`)),
  );
}
