import type { PruneChain } from '../../domain/prune-plan.ts';
import type { Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';
import { markChain } from './marks.ts';

/**
 * Marks every member of a chain: from now on no reader counts on it, and its grace runs by the
 * store's clock. Nothing is deleted, and a cancel takes it back.
 */
export function condemnChain(context: PruneContext, chain: PruneChain): Promise<Result<void>> {
  return markChain(context, chain, 'condemn');
}
