import type { Failure } from './failure.ts';
import type { PathDifference, RestoreOutcome } from './resource-type.ts';

/** What a restore would do: from the index alone, no payload is read. */
export interface RestorePreview {
  readonly snapshotId: string;
  readonly resource: string;
  readonly consistentAt: string;
  readonly mode: string;
  readonly chain: readonly { readonly snapshotId: string; readonly mode: string; readonly target: string }[];
  /** Fingerprints of the keys of which one must be at hand. */
  readonly recipients: readonly string[];
  readonly tools: readonly string[];
  /** The new folder, or the live paths that would be replaced. */
  readonly destination: string;
  /** Upper bound of the bytes that the restore writes. */
  readonly bytesNeeded: number;
  readonly bytesFree: number;
  readonly entries: number;
  readonly bytes: number;
  /** Paths that would come back, with their size. */
  readonly paths: readonly { readonly path: string; readonly type: string; readonly size?: number }[];
  /** How many more there are than `paths` lists. */
  readonly morePaths: number;
  /** Present where the live resource would be replaced. */
  readonly live?: LivePreview;
  /** Present where it was asked for. */
  readonly differences?: RestoreDifferences;
}

export interface LivePreview {
  readonly places: readonly ReplacedPlace[];
  /** What the snapshot and the live application say of themselves. */
  readonly appVersion?: { readonly snapshot?: string; readonly current?: string };
  /** Versions that the data would be moved through. */
  readonly migrations: readonly string[];
  /** A snapshot of the live resource would be taken first. */
  readonly takesSnapshot: boolean;
  readonly warnings: readonly string[];
}

export interface ReplacedPlace {
  readonly path: string;
  /** Where what was there before is kept. */
  readonly safety?: string;
}

export interface RestoreDifferences {
  readonly counts: Readonly<Record<PathDifference['state'], number>>;
  /** All but those that are the same. */
  readonly paths: readonly PathDifference[];
  readonly morePaths: number;
}

/** What became of one resource. */
export interface RestoredResource {
  readonly resource: string;
  readonly snapshotId: string;
  readonly consistentAt: string;
  /** `earlier`: before a crash, by the run that this one continued. `skipped`: one that it depends on failed. */
  readonly state: 'restored' | 'earlier' | 'failed' | 'skipped';
  /** Present for a restore into a new place. */
  readonly destination?: string;
  readonly targets: readonly string[];
  readonly outcome?: RestoreOutcome;
  readonly durationMs: number;
  /** Present where live paths were replaced. */
  readonly places?: readonly ReplacedPlace[];
  /** Snapshot of the live resource that was taken before. */
  readonly before?: string;
  readonly checksPassed?: number;
  /** Why it failed; where `state` is `restored`, what went wrong afterwards. */
  readonly failure?: Failure;
}

/** One restore, of one resource or of several. */
export interface RestoreReport {
  readonly resources: readonly RestoredResource[];
  /** Present where live resources were replaced: what `undo` takes. */
  readonly restoreId?: string;
  /** Whether there is something to go back to. */
  readonly undoable: boolean;
}

/** A restore of this machine that can be, or was, taken back. */
export interface UndoableRestore {
  readonly restoreId: string;
  readonly plan: string;
  readonly at: string;
  readonly resources: readonly string[];
  /** `interrupted`: it died half-way. `running`: a process still works on it. */
  readonly state: 'finished' | 'interrupted' | 'running' | 'undone' | 'discarded';
  readonly places: readonly ReplacedPlace[];
}

export interface UndoReport {
  readonly restoreId: string;
  readonly resources: readonly UndoneResource[];
}

export interface UndoneResource {
  readonly resource: string;
  readonly state: 'undone' | 'untouched' | 'failed';
  /** Live paths, each with the place of what the restore had brought. */
  readonly places: readonly { readonly path: string; readonly discarded?: string }[];
  /** The snapshot that was loaded again. */
  readonly loaded?: string;
  readonly failure?: Failure;
}
