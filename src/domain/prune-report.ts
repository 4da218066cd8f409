import type { Failure } from './failure.ts';
import type { PrunePlan } from './prune-plan.ts';
import type { CatalogProblem } from './snapshot.ts';

export interface PruneReport {
  readonly plan: string;
  readonly runId: string;
  readonly atMs: number;
  readonly dryRun: boolean;
  readonly planned: PrunePlan;
  readonly problems: readonly CatalogProblem[];
  /** What happened; empty for a dry run. */
  readonly outcomes: readonly PruneOutcome[];
  readonly notes: readonly string[];
  readonly exitCode: number;
}

/** What became of one chain, or of the leftovers, on one target. */
export interface PruneOutcome {
  readonly target: string;
  readonly resource?: string;
  readonly root?: string;
  readonly state: 'condemned' | 'swept' | 'reprieved' | 'kept' | 'deferred' | 'collected' | 'failed';
  readonly snapshots: number;
  /** How many leftovers were collected. */
  readonly objects?: number;
  readonly bytes: number;
  /** Why it was kept, deferred or failed. */
  readonly reason?: string;
  readonly failure?: Failure;
}
