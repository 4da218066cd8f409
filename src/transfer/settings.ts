import type { Clock, Timers } from '../domain/clock.ts';
import type { Target } from '../domain/target.ts';
import type { Patience } from './patience.ts';

export interface ReliableSettings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Uniform in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** A transfer of which nothing moves for so long is ended; so is any other operation that takes so long. */
  readonly idleTimeoutMs: number;
  /** Told when an outage begins, and when it is over. */
  readonly tell?: (note: TransferNote) => void;
}

export interface TransferNote {
  readonly level: 'info' | 'warning';
  readonly message: string;
}

/** A target with what is between it and whoever uses it. */
export interface Way {
  readonly target: Target;
  readonly settings: ReliableSettings;
  readonly patience: Patience;
}
