import type { RestoreOutcome } from './resource-type.ts';
import type { Snapshot } from './snapshot.ts';

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
  readonly destination: string;
  /** Upper bound of the bytes that the restore writes. */
  readonly bytesNeeded: number;
  readonly bytesFree: number;
  readonly entries: number;
  /** Paths that would come back, with their size. */
  readonly paths: readonly { readonly path: string; readonly type: string; readonly size?: number }[];
  /** How many more there are than `paths` lists. */
  readonly morePaths: number;
}

export interface RestoreReport {
  readonly snapshot: Snapshot;
  readonly destination: string;
  readonly targets: readonly string[];
  readonly outcome: RestoreOutcome;
  readonly durationMs: number;
}
