import { ok } from '../domain/result.ts';
import type { StepKind } from '../domain/run-graph.ts';
import type { StepHandler } from '../executor/step-handler.ts';
import { captureStep } from './capture.ts';
import type { CapturedSnapshots } from './captured-snapshot.ts';
import { commitStep } from './commit.ts';
import { copyStep } from './copy.ts';
import { hookStep } from './hook.ts';
import type { RunContext } from './ports.ts';
import { pruneSteps } from './prune.ts';
import { seenCatalog } from './seen-catalog.ts';
import { shipStep } from './ship.ts';

/** What each kind of step does. A new kind is one line here and one file beside it. */
export function createHandlers(run: RunContext): Readonly<Record<StepKind, StepHandler>> {
  const captured: CapturedSnapshots = new Map();
  const seen = seenCatalog(run.catalog);
  const failures = new FailedSteps();
  return {
    hook: onlyAfterFailure(failures, failures.watch(hookStep(run.tools, run.plan.directory))),
    capture: failures.watch(captureStep(run, captured)),
    ship: failures.watch(shipStep(run, captured)),
    commit: failures.watch(commitStep(run, captured, seen)),
    copy: copyStep(run, seen),
    ...pruneSteps(run),
  };
}

/** Steps whose last attempt failed, by subject. */
class FailedSteps {
  readonly #bySubject = new Map<string, Set<string>>();

  watch(handler: StepHandler): StepHandler {
    return async (context) => {
      const { id, subject } = context.step;
      const failed = this.#bySubject.get(subject) ?? new Set();
      this.#bySubject.set(subject, failed);
      const result = await handler(context);
      if (result.ok) failed.delete(id);
      else failed.add(id);
      return result;
    };
  }

  has(subject: string): boolean {
    return (this.#bySubject.get(subject)?.size ?? 0) > 0;
  }
}

/** `onFailure` hooks are finalizers of their subject: they start in any case and act only after a failure. */
function onlyAfterFailure(failures: FailedSteps, handler: StepHandler): StepHandler {
  return (context) => {
    const { action, subject } = context.step;
    const isNeeded = action.kind !== 'hook' || action.moment !== 'onFailure' || failures.has(subject);
    return isNeeded ? handler(context) : Promise.resolve(ok({ summary: 'not needed', warnings: [] }));
  };
}
