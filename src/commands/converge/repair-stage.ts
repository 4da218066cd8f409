import type { RunOutcome } from '../../domain/events.ts';
import type { ResourceSummary } from '../../domain/run-report.ts';
import type { CopyTask } from '../../domain/run-graph.ts';
import type { Failure } from '../../domain/failure.ts';
import { copySteps } from '../../planner/copy-steps.ts';
import type { Ports } from '../ports.ts';
import { refreshed, type Workspace } from '../workspace.ts';
import { planNow } from './planned.ts';
import type { Decided } from './request.ts';
import { runGraph } from './run-graph.ts';

interface BeforeRepair {
  readonly runId: string;
  /** What the backups of this run did. */
  readonly resources: readonly ResourceSummary[];
  readonly outcome: RunOutcome;
  readonly refused: ReadonlyMap<string, Failure>;
}

export interface RepairStage {
  readonly copies: readonly CopyTask[];
  /** Absent where there was nothing to do. */
  readonly outcome?: RunOutcome;
  readonly notes: readonly string[];
}

/**
 * After the backups of an apply: copies that are missing on what is there now. What this very run
 * could not bring to a target is left to the next one: it has tried just now.
 */
export async function repairStage(
  ports: Ports,
  decided: Decided,
  { runId, resources, outcome, refused }: BeforeRepair,
): Promise<RepairStage> {
  const { request } = decided;
  if (request.kind === 'backup' || outcome.interrupted !== undefined) return { copies: [], notes: [] };
  const workspace = resources.length === 0 ? decided.workspace : await refreshed(decided.workspace);
  const tried = new Set(resources.map(({ snapshotId }) => snapshotId));
  const copies = missingIn(ports, workspace, decided, runId).filter(
    ({ snapshotId }) => !tried.has(snapshotId),
  );
  const steps = copySteps(decided.mandate.plan, copies);
  if (steps.length === 0) return { copies, notes: [] };
  const { signals, emit } = request;
  const { plan } = decided.mandate;
  const { writer } = decided;
  const ran = await runGraph(ports, {
    plan,
    graph: { runId, steps },
    workspace,
    writer,
    refused,
    signals,
    emit,
  });
  if (ran.ok) return { copies, outcome: ran.value, notes: [] };
  return { copies, notes: [`no missing copies were made: ${ran.failure.message}`] };
}

function missingIn(
  ports: Ports,
  workspace: Workspace,
  { request }: Decided,
  runId: string,
): readonly CopyTask[] {
  const planned = planNow(ports, workspace, { ...request, kind: 'repair', runId });
  return planned.ok ? planned.value.copies : [];
}
