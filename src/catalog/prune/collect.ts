import { failure } from '../../domain/failure.ts';
import type { Leftover } from '../../domain/prune-plan.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';

export interface Collected {
  readonly objects: number;
  readonly bytes: number;
  /** How many the store does not let go, for example under a retention lock. */
  readonly refused: number;
}

export function collectLeftovers(
  context: PruneContext,
  leftovers: readonly Leftover[],
): Promise<Result<Collected>> {
  return Promise.resolve(
    failed(failure('TARGET_DENIED', `${String(leftovers.length)} on ${context.repository.target.name} stay`)),
  );
}
