import type { Failure } from './failure.ts';
import type { Step } from './run-graph.ts';

/** What happens while a graph runs. Views, reports, notifications and clean-up subscribe. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly plan: string;
      readonly atMs: number;
      readonly steps: readonly Step[];
    }
  | { readonly type: 'step-started'; readonly step: Step; readonly attempt: number; readonly atMs: number }
  | {
      readonly type: 'step-progress';
      readonly step: Step;
      readonly bytes: number;
      readonly totalBytes?: number;
    }
  | { readonly type: 'step-warning'; readonly step: Step; readonly message: string }
  | {
      readonly type: 'step-retrying';
      readonly step: Step;
      readonly attempt: number;
      readonly delayMs: number;
      readonly failure: Failure;
    }
  | {
      readonly type: 'step-finished';
      readonly step: Step;
      readonly result: StepResult;
      readonly durationMs: number;
      readonly atMs: number;
    }
  | { readonly type: 'note'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly type: 'run-finished'; readonly runId: string; readonly outcome: RunOutcome };

export type StepResult =
  | {
      readonly state: 'succeeded';
      readonly summary: string;
      readonly warnings: readonly string[];
      /** The snapshot that the source was found to equal, so that none was taken. */
      readonly unchangedSince?: string;
    }
  | { readonly state: 'failed'; readonly failure: Failure }
  /** Did not run; the reason is said once, at the first failure. */
  | { readonly state: 'skipped'; readonly reason: string };

export interface RunOutcome {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  readonly failures: readonly { readonly step: string; readonly failure: Failure }[];
  readonly interrupted?: 'SIGINT' | 'SIGTERM';
}

export type EventSink = (event: RunEvent) => void;
