import type { Failure } from './failure.ts';
import type { CatalogProblem, VerifyLevel } from './snapshot.ts';

/** What verification found about one copy of one snapshot. */
export interface CopyCheck {
  readonly snapshotId: string;
  readonly resource: string;
  readonly target: string;
  readonly level: VerifyLevel;
  readonly bytes: number;
  readonly failure?: Failure;
}

export interface VerifyReport {
  readonly level: VerifyLevel;
  readonly checks: readonly CopyCheck[];
  readonly problems: readonly CatalogProblem[];
}
