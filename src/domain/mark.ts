/**
 * The signed payload of `<plan>/marks/<snapshotId>/<runId>.json`: one prune run condemns one
 * snapshot on one target. Every run has its own mark, also where another run's is there: a shared
 * one could be taken away by the run that made it while the other still deletes.
 */
export interface MarkRecord {
  readonly type: 'mark';
  readonly version: 1;
  readonly repoId: string;
  readonly targetId: string;
  readonly key: string;
  readonly plan: string;
  readonly resource: string;
  readonly snapshotId: string;
  /** Hex SHA-256 of the payload of the record that is condemned. */
  readonly recordSha256: string;
  /** Snapshot id of the full at the bottom: chains are condemned whole. */
  readonly root: string;
  /**
   * `condemn`: to be deleted once the grace is over; a cancel that names the run undoes it.
   * `sweep`: its run may delete at any moment from now on.
   */
  readonly intent: MarkIntent;
  /** Seconds between the creation of the mark, by the store's clock, and the earliest sweep. */
  readonly graceSeconds: number;
  readonly runId: string;
  /** Name of the signer. */
  readonly writer: string;
  /** ISO 8601 UTC by the writer's clock. */
  readonly at: string;
  readonly toolVersion: string;
}

export type MarkIntent = 'condemn' | 'sweep';

/** A mark as the catalog shows it on a copy; cancelled ones are left out. */
export interface CopyMark {
  readonly runId: string;
  readonly intent: MarkIntent;
  /** Epoch milliseconds by the store's clock. */
  readonly markedMs: number;
  readonly graceMs: number;
}
