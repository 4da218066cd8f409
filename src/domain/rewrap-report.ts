import type { Failure } from './failure.ts';
import type { CatalogProblem } from './snapshot.ts';

/** What `key rewrap` did, or would do. */
export interface RewrapReport {
  readonly dryRun: boolean;
  readonly copies: readonly RewrappedCopy[];
  /** What could not be read: objects there may still lack keys. */
  readonly problems: readonly CatalogProblem[];
  readonly exitCode: number;
}

/** One object of one copy. */
export interface RewrappedCopy {
  readonly resource: string;
  readonly snapshotId: string;
  readonly target: string;
  /** Name of the artifact, or `index`. */
  readonly artifact: string;
  /** `unchanged`: every recipient of the plan can open it already. */
  readonly state: 'rewrapped' | 'unchanged' | 'failed';
  /** Fingerprints of the recipients that can open it now and could not before. */
  readonly added: readonly string[];
  readonly failure?: Failure;
}
