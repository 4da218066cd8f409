import { prune } from '../../commands/prune/prune.ts';
import { pruneLines } from '../../views/prune/human.ts';
import { pruneDocument } from '../../views/prune/json.ts';
import { createRunView } from '../../views/run/create-run-view.ts';
import type { Action, Io } from '../action.ts';
import type { PruneOptions } from '../definitions/prune.ts';
import { eachPlan, namesOf, type PlanSession } from '../each-plan.ts';
import { exitNow } from '../exit-now.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { runViewKind } from '../run-view-kind.ts';
import { listenForSignals } from '../signals.ts';
import { terminalFacts } from '../terminal.ts';

export const run: Action<PruneOptions> = (args, options, io) =>
  eachPlan(
    io,
    options,
    async (session) => {
      const resources = namesOf(session, args);
      return resources === undefined ? 0 : prunePlan(io, options, { session, resources });
    },
    args,
  );

interface OnePlan {
  readonly session: PlanSession;
  readonly resources: readonly string[];
}

async function prunePlan(
  io: Io,
  options: PruneOptions,
  { session: { plan, ports }, resources }: OnePlan,
): Promise<number> {
  const signals = listenForSignals(process);
  const view = createRunView(runViewKind(io, options), {
    stdout: io.stdout,
    stderr: io.stderr,
    ...terminalFacts(io.stderr, io.env, options.color),
    clock: ports.clock,
    timers: ports.timers,
  });
  try {
    const report = await prune(ports, plan, {
      resources,
      targets: options.target ?? [],
      dryRun: options.dryRun === true,
      ...(options.maxDelete === undefined ? {} : { maxDelete: options.maxDelete }),
      signals,
      emit: view.onEvent,
    });
    await view.close();
    if (!report.ok) return printFailure(io, report.failure, options);
    if (options.json === true) printJson(io, pruneDocument(report.value));
    else printLines(io.stdout, pruneLines(report.value, styleFor(io.stdout, io, options)));
    if (signals.forceful.aborted) await exitNow(io, report.value.exitCode);
    return report.value.exitCode;
  } finally {
    await view.close();
    signals.release();
  }
}
