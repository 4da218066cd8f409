import type { RunOutcome, StepResult } from '../domain/events.ts';
import type { Failure } from '../domain/failure.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { buildNodes, type Node } from './nodes.ts';
import type { ExecuteOptions } from './options.ts';

/** One execution: everything that changes while it goes on. */
export interface Run {
  readonly options: ExecuteOptions;
  readonly nodes: readonly Node[];
  readonly lanes: Lanes;
  readonly startedMs: number;
  readonly failures: { step: string; failure: Failure }[];
  readonly counts: Record<StepResult['state'], number>;
  /** Nodes without an end. */
  open: number;
  /** Why no ordinary step starts any more. */
  halted?: string;
  /** Not even finalizers start. */
  abandoned: boolean;
  interrupted?: 'SIGINT' | 'SIGTERM';
  /** The first exception that a handler or a subscriber threw. */
  bug?: { readonly error: unknown };
  readonly finished: Promise<void>;
  readonly finish: () => void;
}

export function createRun(options: ExecuteOptions): Run {
  const nodes = buildNodes(options.graph);
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    options,
    nodes,
    lanes: createLanes(options.limits),
    startedMs: options.clock.monotonicMs(),
    failures: [],
    counts: { succeeded: 0, failed: 0, skipped: 0 },
    open: nodes.length,
    abandoned: false,
    finished,
    finish,
  };
}

export function outcomeOf(run: Run): RunOutcome {
  return {
    ...run.counts,
    durationMs: run.options.clock.monotonicMs() - run.startedMs,
    failures: run.failures,
    ...(run.interrupted !== undefined && { interrupted: run.interrupted }),
  };
}
