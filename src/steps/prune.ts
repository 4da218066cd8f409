import { collectLeftovers } from '../catalog/prune/collect.ts';
import { condemnChain } from '../catalog/prune/condemn.ts';
import type { PruneContext } from '../catalog/prune/context.ts';
import { reprieveChain } from '../catalog/prune/reprieve.ts';
import { sweepChain } from '../catalog/prune/sweep.ts';
import { failure } from '../domain/failure.ts';
import type { PruneChain } from '../domain/prune-plan.ts';
import type { PruneOutcome } from '../domain/prune-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { StepAction } from '../domain/run-graph.ts';
import { formatBytes } from '../domain/size.ts';
import type { StepHandler } from '../executor/step-handler.ts';
import type { RunContext } from './ports.ts';

type PruneKind = 'condemn' | 'sweep' | 'reprieve' | 'collect';
type PruneAction = Extract<StepAction, { kind: PruneKind }>;
type ActionOf<K extends PruneKind> = Extract<PruneAction, { kind: K }>;
type Verdict = Pick<PruneOutcome, 'state' | 'snapshots' | 'objects' | 'bytes' | 'reason'> & {
  readonly summary: string;
};

/** The steps that delete decide nothing, but each looks once more for what makes it unsafe. */
export function pruneSteps(run: RunContext): Readonly<Record<PruneKind, StepHandler>> {
  const handler = pruneStep(run);
  return { condemn: handler, sweep: handler, reprieve: handler, collect: handler };
}

function pruneStep(run: RunContext): StepHandler {
  return async ({ step }) => {
    const action = step.action as PruneAction;
    const context = contextOn(run, action.target);
    const acted = context.ok ? await act(context.value, action) : context;
    run.onPruned?.({ ...subjectOf(action), ...outcomeOf(acted) });
    return acted.ok ? ok({ summary: acted.value.summary, warnings: [] }) : acted;
  };
}

function act(context: PruneContext, action: PruneAction): Promise<Result<Verdict>> {
  switch (action.kind) {
    case 'condemn':
      return condemn(context, action);
    case 'sweep':
      return sweep(context, action);
    case 'reprieve':
      return reprieve(context, action);
    case 'collect':
      return collect(context, action);
  }
}

function contextOn(run: RunContext, target: string): Result<PruneContext> {
  const { pruner, plan, verifier, clock, runId, facts } = run;
  if (pruner === undefined)
    return failed(failure('SIGNER_UNUSABLE', 'no signer of this machine has the role prune'));
  const repository = run.repositories.get(target);
  if (repository === undefined)
    return failed(run.refused.get(target) ?? failure('TARGET_UNREACHABLE', `target ${target} is not open`));
  const { signer, name: writer } = pruner;
  const { toolVersion } = facts;
  return ok({ repository, signer, verifier, clock, plan: plan.name, runId, writer, toolVersion });
}

async function condemn(context: PruneContext, { chain }: ActionOf<'condemn'>): Promise<Result<Verdict>> {
  const condemned = await condemnChain(context, chain);
  if (!condemned.ok) return condemned;
  return ok({
    state: 'condemned',
    ...sizeOf(chain),
    summary: `condemned ${snapshots(chain.members.length)}`,
  });
}

async function sweep(context: PruneContext, { chain }: ActionOf<'sweep'>): Promise<Result<Verdict>> {
  const swept = await sweepChain(context, chain);
  if (!swept.ok) return swept;
  const outcome = swept.value;
  if (outcome.state !== 'swept')
    return ok({ ...outcome, ...sizeOf(chain), summary: `${outcome.state}: ${outcome.reason}` });
  return ok({
    ...outcome,
    summary: `swept ${snapshots(outcome.snapshots)}, ${formatBytes(outcome.bytes)}`,
  });
}

async function reprieve(context: PruneContext, { chain }: ActionOf<'reprieve'>): Promise<Result<Verdict>> {
  const reprieved = await reprieveChain(context, chain);
  if (!reprieved.ok) return reprieved;
  return ok({
    state: 'reprieved',
    ...sizeOf(chain),
    summary: `kept ${snapshots(chain.members.length)} after all`,
  });
}

async function collect(context: PruneContext, { leftovers }: ActionOf<'collect'>): Promise<Result<Verdict>> {
  const collected = await collectLeftovers(context, leftovers);
  if (!collected.ok) return collected;
  const { objects, bytes, refused } = collected.value;
  const rest = refused === 0 ? '' : `; the store refused ${String(refused)}`;
  return ok({
    state: 'collected',
    snapshots: 0,
    objects,
    bytes,
    summary: `removed ${String(objects)} leftover object${objects === 1 ? '' : 's'}, ${formatBytes(bytes)}${rest}`,
  });
}

function outcomeOf(acted: Result<Verdict>): Omit<PruneOutcome, 'target' | 'resource' | 'root'> {
  if (!acted.ok) return { state: 'failed', snapshots: 0, bytes: 0, failure: acted.failure };
  const { state, snapshots: count, objects, bytes, reason } = acted.value;
  return {
    state,
    snapshots: count,
    ...(objects === undefined ? {} : { objects }),
    bytes,
    ...(reason === undefined ? {} : { reason }),
  };
}

function subjectOf(action: PruneAction): Pick<PruneOutcome, 'target' | 'resource' | 'root'> {
  const { target } = action;
  if (action.kind === 'collect') return { target };
  return { target, resource: action.chain.resource, root: action.chain.root };
}

function sizeOf({ members }: PruneChain): { snapshots: number; bytes: number } {
  return { snapshots: members.length, bytes: members.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function snapshots(count: number): string {
  return `${String(count)} snapshot${count === 1 ? '' : 's'}`;
}
