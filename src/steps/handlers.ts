import type { StepKind } from '../domain/run-graph.ts';
import type { StepHandler } from '../executor/step-handler.ts';
import { captureStep } from './capture.ts';
import type { CapturedSnapshots } from './captured-snapshot.ts';
import { commitStep } from './commit.ts';
import { hookStep } from './hook.ts';
import type { RunContext } from './ports.ts';
import { shipStep } from './ship.ts';

/** What each kind of step does. A new kind is one line here and one file beside it. */
export function createHandlers(run: RunContext): Readonly<Record<StepKind, StepHandler>> {
  const captured: CapturedSnapshots = new Map();
  return {
    hook: hookStep(run.tools, run.plan.directory),
    capture: captureStep(run, captured),
    ship: shipStep(run, captured),
    commit: commitStep(run, captured),
  };
}
