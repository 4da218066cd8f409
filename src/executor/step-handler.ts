import type { Result } from '../domain/result.ts';
import type { Step, StepKind } from '../domain/run-graph.ts';

/**
 * Does the work of one kind of step. Called once per attempt, never concurrently for one step.
 *
 * Promises of a handler:
 * - It settles soon after `signal` aborts, with its children gone. `signal.reason` is the Failure to
 *   return; another failure that is returned after the abort is replaced by it.
 * - It returns expected failures; what it throws is a bug and ends the run.
 */
export type StepHandler = (context: StepContext) => Promise<Result<StepSummary>>;

export type StepHandlers = Readonly<Record<StepKind, StepHandler>>;

export interface StepContext {
  readonly step: Step;
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
  progress(bytes: number, totalBytes?: number): void;
  warn(message: string): void;
}

export interface StepSummary {
  /** A few words for a person: `412 files, 3.1 MiB`. */
  readonly summary: string;
  readonly warnings: readonly string[];
  /** The snapshot that the source was found to equal, so that none was taken. */
  readonly unchangedSince?: string;
}
