/** What an export wrote. */
export interface ExportReport {
  readonly snapshotId: string;
  readonly resource: string;
  /** ISO 8601 UTC. */
  readonly consistentAt: string;
  /** Every snapshot in it, full first. */
  readonly chain: readonly string[];
  /** The target that it was copied from. */
  readonly target: string;
  /** Absolute, or `-` for stdout. */
  readonly output: string;
  readonly objects: number;
  /** Size of the archive. */
  readonly bytes: number;
  readonly durationMs: number;
}
