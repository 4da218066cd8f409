import { newSnapshotId } from '../../catalog/ids.ts';
import { failure } from '../../domain/failure.ts';
import type { Plan, TargetSpec } from '../../domain/plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { RunReport } from '../../domain/run-report.ts';
import type { PlannedRun, RunRequest } from '../../planner/input.ts';
import { planRun } from '../../planner/plan-run.ts';
import { stepCount } from '../../planner/copy-steps.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import type { ConvergeRequest } from './request.ts';

type Asked = Pick<ConvergeRequest, 'kind' | 'resources' | 'mode' | 'label'>;

/** What is due now, and the steps that take it. NOT_FOUND where a named resource is not in the plan. */
export function planNow(
  ports: Ports,
  workspace: Workspace,
  asked: Asked & { readonly runId: string },
): Result<PlannedRun> {
  const { plan, catalog } = workspace;
  const unknown = asked.resources.find((name) => plan.resources[name] === undefined);
  if (unknown !== undefined) {
    const hint = `Resources: ${Object.keys(plan.resources).join(', ')}.`;
    return failed(failure('NOT_FOUND', `the plan has no resource "${unknown}"`, { hint }));
  }
  const nowMs = ports.clock.nowMs();
  const { host } = ports;
  const { runId } = asked;
  const request = requestOf(asked);
  const near = targetsNear(ports, plan);
  return ok(
    planRun({ plan, catalog, nowMs, host, near, runId, newSnapshotId: () => newSnapshotId(nowMs), request }),
  );
}

/** Targets in a folder of this machine. */
function targetsNear({ targetTypes }: Ports, { targets, directory }: Plan): ReadonlySet<string> {
  const isNear = ({ type, options }: TargetSpec): boolean =>
    targetTypes.get(type)?.localFolder?.(options, directory) !== undefined;
  return new Set(Object.values(targets).flatMap((spec) => (isNear(spec) ? [spec.name] : [])));
}

function requestOf({ kind, resources, mode, label }: Asked): RunRequest {
  if (kind !== 'backup') return resources.length === 0 ? { kind } : { kind, resources };
  return {
    kind,
    resources,
    ...(mode === undefined ? {} : { mode }),
    ...(label === undefined ? {} : { label }),
  };
}

/** What a report says about it. */
export function plannedFacts({
  due,
  idle,
  graph,
  copies,
}: PlannedRun): Pick<RunReport, 'due' | 'idle' | 'steps' | 'missing'> {
  return { due, idle, steps: stepCount(graph, copies), missing: copies };
}
