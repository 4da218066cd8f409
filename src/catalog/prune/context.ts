import type { Clock } from '../../domain/clock.ts';
import type { Signer, Verifier } from '../../domain/cryptography.ts';
import type { Repository } from '../repository.ts';

/** One run that deletes, or takes a deletion back, on one target. */
export interface PruneContext {
  readonly repository: Repository;
  /** Role `prune` for marks and deletions; pins and cancels may be signed in any role. */
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly clock: Clock;
  readonly plan: string;
  /** Names the run's own marks. */
  readonly runId: string;
  /** Name of the signer. */
  readonly writer: string;
  readonly toolVersion: string;
}
