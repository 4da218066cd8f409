import type { Mode } from './mode.ts';

/** A backup that is due now, and why. */
export interface DueBackup {
  readonly resource: string;
  readonly mode: Mode;
  readonly targets: readonly string[];
  /** Targets of the resource that get only the first snapshot after each tick of their own. */
  readonly waiting?: readonly WaitingTarget[];
  readonly reason: DueReason;
  /** Newest tick that has passed. */
  readonly slotMs?: number;
  readonly overdueMs?: number;
  readonly parentId?: string;
  readonly fallback?: string;
  readonly groupId?: string;
  /** Taken only if the source differs from this snapshot. */
  readonly unlessEqualTo?: string;
  readonly nextExpectedByMs?: number;
}

export interface WaitingTarget {
  readonly target: string;
  /** From then on one goes there. */
  readonly tickMs: number;
  /** It was read, and has no whole copy of the newest snapshot that belongs there. */
  readonly lacking?: true;
}

/** `with-group`: not due by itself, captured because a member of its group is. */
export type DueReason = 'never-taken' | 'tick-passed' | 'asked' | 'with-group';

/** A resource that `apply` leaves alone, and why. */
export interface IdleResource {
  readonly resource: string;
  readonly reason:
    | 'within-schedule'
    | 'elsewhere'
    | 'disabled'
    | 'backing-off'
    | 'no-schedule'
    | 'missed-skipped'
    | 'not-selected';
  readonly nextMs?: number;
  readonly detail?: string;
  /** Targets that lack a copy of its newest good restore point. */
  readonly missing?: readonly string[];
}
