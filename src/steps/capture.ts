import { join } from 'node:path';
import { IndexUnreadable } from '../domain/resource-type.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask, StepAction } from '../domain/run-graph.ts';
import type { StepHandler, StepSummary } from '../executor/step-handler.ts';
import { sealSession, type SealedSession } from './seal-session.ts';
import { totalBytes, type CapturedSnapshot, type CapturedSnapshots } from './captured-snapshot.ts';
import { readAppVersion } from './app-version.ts';
import { captureContext, type Attempt } from './capture-context.ts';
import { openBasis, type Basis } from './parent.ts';
import type { RunContext } from './ports.ts';
import { checkSpace } from './space.ts';
import { digestsContent, holdsSame, snapshotToCompare, sourceIsSame } from './same-content.ts';
import { chooseStaging } from './staging.ts';
import { transportOf } from './transport-of.ts';
import { discardStaged, reportUnchanged } from './unchanged.ts';
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
    const earlier = await snapshotToCompare(run, { task, step });
    if (earlier !== undefined && (await sourceIsSame(run, { task, step }, earlier))) {
      return reportUnchanged(run, captured, { task, earlier });
    }
    const result = await captureOnce(run, { task, step });
    if (!result.ok) return result;
    if (earlier !== undefined && (await holdsSame(run, { task, step }, { earlier, taken: result.value }))) {
      await discardStaged(result.value);
      return reportUnchanged(run, captured, { task, earlier });
    }
    captured.set(task.snapshotId, result.value);
    return ok(summaryOf(task, result.value));
  };
}

type Order = Omit<Attempt, 'basis'>;

async function captureOnce(run: RunContext, order: Order): Promise<Result<CapturedSnapshot>> {
  const basis = await openBasis(run, order.task, order.step.signal);
  const first = await capture(run, { ...order, basis });
  return first === 'index-unreadable' ? captureFull(run, { ...order, basis }) : first;
}

function summaryOf(task: BackupTask, { objects, warnings, chain }: CapturedSnapshot): StepSummary {
  const size = formatBytes(totalBytes(objects));
  const mode = chain.fallback === undefined ? chain.mode : `full instead of ${task.mode}: ${chain.fallback}`;
  return { summary: `${mode}, ${size}`, warnings };
}

/** Nothing is read from the source while no target could take it. */
function checkReachable(run: RunContext, task: BackupTask): Result<void> {
  if (task.targets.some((name) => run.repositories.has(name))) return ok();
  const [why] = task.targets.flatMap((name) => run.refused.get(name) ?? []);
  return failed(why ?? failure('TARGET_UNREACHABLE', `no target of ${task.resource} is open`));
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
  const staging = await chooseStaging(run, {
    resource,
    task,
    scratch: join(scratch, '..'),
    signal: step.signal,
  });
  if (!staging.ok) return staging;
  const appVersion = await appVersionOf(run, attempt);
  if (!appVersion.ok) return appVersion;
  const startedMs = run.clock.nowMs();
  const startedAt = run.clock.monotonicMs();
  const transport = await transportOf(run, resource, step.signal);
  if (!transport.ok) return transport;
  const { tools } = transport.value;
  const session = await type.open(captureContext(run, attempt, { scratch, tools }));
  if (!session.ok) return session;
  try {
    const sealed = await sealSession(run, {
      resource,
      task,
      mode: basis.mode,
      session: transport.value.session(session.value),
      staging: staging.value,
      step,
      digesting: digestsContent(resource, type),
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
