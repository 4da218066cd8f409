import type { Clock, Timers } from '../domain/clock.ts';
import type { EventSink } from '../domain/events.ts';
import type { FailureMode } from '../domain/plan.ts';
import type { RunGraph } from '../domain/run-graph.ts';
import type { LaneLimits } from './lanes.ts';
import type { StepHandlers } from './step-handler.ts';

export interface ExecuteOptions {
  /** Name of the plan, for subscribers. */
  readonly plan: string;
  readonly graph: RunGraph;
  readonly handlers: StepHandlers;
  readonly limits: LaneLimits;
  /**
   * What the first failed step does to the others. Steps that need it are skipped in any case.
   * - `continue`: nothing.
   * - `no-new`: running steps finish, only finalizers still start.
   * - `kill`: as `no-new`, and running steps are aborted; running finalizers are not.
   */
  readonly onFailure: FailureMode;
  readonly signals: StopSignals;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly emit: EventSink;
  /** Uniform in [0, 1), for the jitter of retries. */
  readonly random?: () => number;
}

/** Aborted with the name of the process signal as reason. */
export interface StopSignals {
  /** Aborts running steps, starts nothing but finalizers, and lets those finish. */
  readonly graceful: AbortSignal;
  /** Aborts everything and ends the run at once, without waiting for handlers. */
  readonly forceful: AbortSignal;
}
