import { join } from 'node:path';
import type { Repository } from '../catalog/repository.ts';
import { isRestorePoint } from '../domain/mode.ts';
import { IndexUnreadable, type CaptureContext, type PreviousFacts } from '../domain/resource-type.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask, StepAction } from '../domain/run-graph.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { StepContext, StepHandler } from '../executor/step-handler.ts';
import { sealSession, type SealedSession } from './seal-session.ts';
import { totalBytes, type CapturedSnapshot, type CapturedSnapshots } from './captured-snapshot.ts';
import { readAppVersion } from './app-version.ts';
import { openBasis, type Basis } from './parent.ts';
import type { RunContext } from './ports.ts';
import { checkSpace, shortageOn } from './space.ts';
import { formatBytes } from '../domain/size.ts';

/**
 * Takes one snapshot: opens the source, seals its artifacts and its index into staging, and keeps
 * the result only when every child and the source's own proof say that it is whole.
 */
export function captureStep(run: RunContext, captured: CapturedSnapshots): StepHandler {
  return async (step) => {
    const { task } = step.step.action as Extract<StepAction, { kind: 'capture' }>;
    const reachable = checkReachable(run, task);
    if (!reachable.ok) return reachable;
    const space = await checkSpace(run, task);
    if (!space.ok) return space;
    const basis = await openBasis(run, task, step.signal);
    const first = await capture(run, { task, basis, step });
    const result = first === 'index-unreadable' ? await captureFull(run, { task, basis, step }) : first;
    if (!result.ok) return result;
    captured.set(task.snapshotId, result.value);
    const { objects, warnings, chain } = result.value;
    const size = formatBytes(totalBytes(objects));
    const mode =
      chain.fallback === undefined ? chain.mode : `full instead of ${task.mode}: ${chain.fallback}`;
    return ok({ summary: `${mode}, ${size}`, warnings });
  };
}

/** Nothing is read from the source while no target could take it. */
function checkReachable(run: RunContext, task: BackupTask): Result<void> {
  if (task.targets.some((name) => run.repositories.has(name))) return ok();
  const [why] = task.targets.flatMap((name) => run.refused.get(name) ?? []);
  return failed(why ?? failure('TARGET_UNREACHABLE', `no target of ${task.resource} is open`));
}

interface Attempt {
  readonly task: BackupTask;
  readonly basis: Basis;
  readonly step: StepContext;
}

async function captureFull(run: RunContext, attempt: Attempt): Promise<Result<CapturedSnapshot>> {
  const basis: Basis = {
    mode: 'full',
    fallback: 'the index of the parent snapshot cannot be read to its end',
  };
  const result = await capture(run, { ...attempt, basis });
  return result === 'index-unreadable'
    ? failed(failure('STAGE_FAILED', 'a full capture asked for a parent index'))
    : result;
}

async function capture(
  run: RunContext,
  attempt: Attempt,
): Promise<Result<CapturedSnapshot> | 'index-unreadable'> {
  const scratch = await run.makePrivateDirectory(run.plan.scratchDirectory, 'backup-plan-capture');
  if (!scratch.ok) return scratch;
  try {
    return await captureInto(run, attempt, scratch.value.path);
  } catch (error) {
    if (error instanceof IndexUnreadable) return 'index-unreadable';
    throw error;
  } finally {
    await scratch.value.remove();
  }
}

async function captureInto(
  run: RunContext,
  attempt: Attempt,
  scratch: string,
): Promise<Result<CapturedSnapshot>> {
  const { task, basis, step } = attempt;
  const resource = run.plan.resources[task.resource];
  const type = resource && run.resourceTypes.get(resource.type);
  if (!resource || !type) return failed(failure('NOT_FOUND', `no resource "${task.resource}" in the plan`));
  const staging = await stagingDirectory(run, task, scratch);
  if (!staging.ok) return staging;
  const appVersion = await appVersionOf(run, attempt);
  if (!appVersion.ok) return appVersion;
  const startedMs = run.clock.nowMs();
  const startedAt = run.clock.monotonicMs();
  const session = await type.open(captureContext(run, attempt, scratch));
  if (!session.ok) return session;
  try {
    const sealed = await sealSession(run, {
      resource,
      task,
      mode: basis.mode,
      session: session.value,
      staging: staging.value,
      step,
    });
    if (!sealed.ok) return sealed;
    const durationMs = Math.round(run.clock.monotonicMs() - startedAt);
    return ok({
      ...describe(attempt, sealed.value, { startedMs, durationMs }),
      ...(appVersion.value === undefined ? {} : { appVersion: appVersion.value }),
    });
  } finally {
    await session.value.close();
  }
}

async function appVersionOf(run: RunContext, { task, step }: Attempt): Promise<Result<string | undefined>> {
  const argv = run.plan.resources[task.resource]?.appVersion;
  if (argv === undefined) return ok(undefined);
  const cwd = run.plan.directory;
  return readAppVersion(run.tools, { resource: task.resource, argv, cwd, signal: step.signal });
}

function captureContext(run: RunContext, { task, basis, step }: Attempt, scratch: string): CaptureContext {
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
    tools: run.tools,
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

/**
 * Ciphertext is staged once: on the first target that can hold it, so that shipping there is a link.
 * A target that is full or refuses to be written must not keep the others from their copy.
 */
async function stagingDirectory(run: RunContext, task: BackupTask, scratch: string): Promise<Result<string>> {
  let refused: Result<never> | undefined;
  for (const { target } of repositoriesOf(run, task)) {
    if (!target.capabilities.staging) continue;
    if ((await shortageOn(run, task, target.name)) !== undefined) continue;
    const directory = await target.stagingDirectory(run.runId);
    if (!directory.ok) refused ??= directory;
    else if (directory.value !== undefined) return ok(directory.value);
  }
  return refused ?? ok(join(scratch, '..'));
}

function repositoriesOf(run: RunContext, task: BackupTask): readonly Repository[] {
  return task.targets.flatMap((name) => run.repositories.get(name) ?? []);
}

function describe(
  { task, basis }: Attempt,
  sealed: SealedSession,
  times: { readonly startedMs: number; readonly durationMs: number },
): CapturedSnapshot {
  const parent = basis.parent?.snapshot;
  const digest = parent?.copies[0]?.recordSha256 ?? '';
  return {
    ...sealed,
    ...times,
    chain: {
      mode: basis.mode,
      root: parent?.record.chain.root ?? task.snapshotId,
      level: parent === undefined ? 0 : parent.record.chain.level + 1,
      ...(parent === undefined ? {} : { parent: { snapshotId: parent.id, recordSha256: digest } }),
      ...(basis.fallback === undefined ? {} : { fallback: basis.fallback }),
    },
  };
}
