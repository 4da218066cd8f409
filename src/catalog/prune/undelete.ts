import { failure } from '../../domain/failure.ts';
import { failed, type Result } from '../../domain/result.ts';
import type { PruneContext } from './context.ts';

export interface UndeleteRequest {
  readonly resource: string;
  /** The whole chain, as far as this target holds it. */
  readonly snapshotIds: readonly string[];
}

export function undeleteSnapshot(
  context: PruneContext,
  { resource }: UndeleteRequest,
): Promise<Result<{ readonly state: 'restored' | 'unknown' | 'purged' }>> {
  return Promise.resolve(
    failed(failure('TARGET_DENIED', `${resource} on ${context.repository.target.name} stays`)),
  );
}
