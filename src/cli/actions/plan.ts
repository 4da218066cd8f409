import { newRunId } from '../../catalog/ids.ts';
import { readApplied } from '../../commands/converge/applied.ts';
import { changesWith } from '../../commands/prune/policy-changes.ts';
import { planNow } from '../../commands/converge/planned.ts';
import { readingKeys, writerKey } from '../../commands/read-keys.ts';
import { planReport } from '../../planner/plan-report.ts';
import { planLines } from '../../views/plan/human.ts';
import { planDocument } from '../../views/plan/json.ts';
import type { PlanReport } from '../../domain/plan-report.ts';
import type { Action } from '../action.ts';
import type { PlanCommandOptions } from '../definitions/plan.ts';
import { EXIT_CHANGES, EXIT_UNKNOWN } from '../exit-codes.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, type Reading } from '../reading.ts';

export const run: Action<PlanCommandOptions> = (_args, options, io) =>
  eachReading(io, { ...options, judged: true }, async (reading) => {
    const { ports, workspace, plan } = reading;
    const runId = newRunId(ports.clock.nowMs());
    const planned = planNow(ports, workspace, { kind: 'apply', resources: [], runId });
    if (!planned.ok) return printFailure(io, planned.failure, options);
    const applied = await readApplied(workspace, await keysFor(reading, options));
    if (!applied.ok) printLines(io.stderr, [`note: ${applied.failure.message}`]);
    const report = planReport({
      plan,
      catalog: workspace.catalog,
      nowMs: ports.clock.nowMs(),
      planned: planned.value,
      retentionChangedAmong: await changesWith(ports, {
        plan,
        applied: applied.ok ? applied.value : undefined,
        catalog: workspace.catalog,
      }),
      ...(applied.ok && applied.value !== undefined ? { applied: applied.value } : {}),
    });
    if (options.json === true) printJson(io, planDocument(report));
    else printLines(io.stdout, planLines(report, styleFor(io.stdout, io, options)));
    return exitCodeOfPlan(report, {
      unknown: isUnknown(reading) || !applied.ok,
      detailed: options.detailedExitcode === true,
    });
  });

/** The state in the log opens with the writer's key or with a reader's. */
async function keysFor({ ports, plan }: Reading, options: PlanCommandOptions): Promise<readonly string[]> {
  const writer = await writerKey(ports, plan);
  const reading = await readingKeys(ports, plan, { keyFiles: options.key ?? [] });
  return [...(writer.ok ? [writer.value.armored] : []), ...reading.armored];
}

/** A target that is new with this plan is no unknown: nothing can be there yet. */
function isUnknown({ workspace }: Reading): boolean {
  return workspace.repositories.size > 0 && workspace.closed.size > 0;
}

interface PlanEnd {
  readonly unknown: boolean;
  readonly detailed: boolean;
}

function exitCodeOfPlan(report: PlanReport, { unknown, detailed }: PlanEnd): number {
  if (unknown) return EXIT_UNKNOWN;
  return detailed && report.changed ? EXIT_CHANGES : 0;
}
