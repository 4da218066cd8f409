import { isRestorePoint } from '../domain/mode.ts';
import type { CaptureContext, PreviousFacts } from '../domain/resource-type.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { StepContext } from '../executor/step-handler.ts';
import type { Basis } from './parent.ts';
import type { RunContext } from './ports.ts';

export interface Attempt {
  readonly task: BackupTask;
  readonly basis: Basis;
  readonly step: StepContext;
}

/** What a resource type is told about a capture. */
export function captureContext(
  run: RunContext,
  { task, basis, step }: Attempt,
  { scratch, tools }: Pick<CaptureContext, 'scratch' | 'tools'>,
): CaptureContext {
  const resource = run.plan.resources[task.resource];
  if (!resource) throw new Error(`resource ${task.resource} vanished from the plan`);
  const previous = previousFacts(run.catalog.snapshots, task.resource);
  return {
    resource: task.resource,
    options: resource.options,
    mode: basis.mode,
    planDirectory: run.plan.directory,
    scratch,
    guards: resource.source,
    tools,
    secrets: run.secrets,
    clock: run.clock,
    lastAttempt: step.attempt > step.step.retries,
    signal: step.signal,
    ...(basis.parent === undefined ? {} : { parent: basis.parent.opened }),
    ...(previous === undefined ? {} : { previous }),
  };
}

/** Raw size of the newest good full, entries of the newest good restore point. */
function previousFacts(snapshots: readonly Snapshot[], resource: string): PreviousFacts | undefined {
  const good = snapshots.filter((one) => one.resource === resource && one.good && isRestorePoint(one.mode));
  const newest = good.at(-1);
  if (newest === undefined) return undefined;
  const full = good.findLast((one) => one.mode === 'full') ?? newest;
  const rawBytes = full.record.artifacts.reduce((sum, artifact) => sum + artifact.raw.bytes, 0);
  return { rawBytes, entries: newest.record.index.entries };
}
