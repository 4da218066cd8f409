import { holdIntents, type Intents } from '../catalog/prune/intents.ts';
import type { RunContext } from './ports.ts';

/** Most uploads are done by then, and nothing of one is collected before it is a week old. */
const LONG_MS = 3_600_000;

/**
 * An upload that takes days leaves old data without a record, which looks like what a killed run
 * left: after an hour it says on the target that it is still at work. What it said last holds until
 * it runs out, so that the record can follow.
 */
export function longUpload(
  run: RunContext,
  { snapshotId, target }: { readonly snapshotId: string; readonly target: string },
): { end(): Promise<void> } {
  let holding: Promise<Intents> | undefined;
  const { plan, runId, clock, timers } = run;
  const cancel = timers.after(LONG_MS, () => {
    const repository = run.repositories.get(target);
    if (repository === undefined) return;
    const snapshotIds = [snapshotId];
    holding = holdIntents({ repository, plan: plan.name, snapshotIds, runId, clock, timers });
  });
  return {
    end: async () => {
      cancel();
      (await holding)?.leave();
    },
  };
}
