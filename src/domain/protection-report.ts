import type { Failure } from './failure.ts';

/** What `pin`, `unpin` and `undelete` did for one snapshot. */
export interface ProtectionReport {
  readonly action: 'pin' | 'unpin' | 'undelete';
  readonly resource: string;
  readonly snapshotId: string;
  /** For a pin with an end. */
  readonly untilMs?: number;
  readonly targets: readonly ProtectedTarget[];
}

export interface ProtectedTarget {
  readonly target: string;
  /** `written`: the event lies there. `restored`, `unknown`, `purged`: how an undelete went there. */
  readonly state: 'written' | 'restored' | 'unknown' | 'purged' | 'failed';
  readonly failure?: Failure;
}
