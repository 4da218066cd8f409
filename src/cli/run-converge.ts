import { converge } from '../commands/converge/converge.ts';
import type { Approval } from '../commands/converge/approval.ts';
import type { ConvergeRequest } from '../commands/converge/request.ts';
import type { RunReport } from '../domain/run-report.ts';
import type { Mode } from '../domain/mode.ts';
import { createRunView } from '../views/run/create-run-view.ts';
import { convergeDocument } from '../views/converge/json.ts';
import { convergeLines } from '../views/converge/human.ts';
import type { Io } from './action.ts';
import type { OutputOptions } from './common-options.ts';
import { canAsk, confirm } from './confirm.ts';
import { exitNow } from './exit-now.ts';
import type { PlanSession } from './each-plan.ts';
import { runViewKind } from './run-view-kind.ts';
import { listenForSignals } from './signals.ts';
import { printFailure, printJson, printLines, styleFor } from './print.ts';
import { terminalFacts } from './terminal.ts';

export interface ConvergeOptions extends OutputOptions {
  readonly kind: ConvergeRequest['kind'];
  readonly resources: readonly string[];
  readonly mode?: Mode;
  readonly label?: string;
  readonly yes?: boolean;
  readonly expect?: string;
  readonly dryRun?: boolean;
  readonly initTarget?: readonly string[];
  readonly hooks: boolean;
  readonly prune?: boolean;
  readonly wait?: boolean;
  readonly printId?: boolean;
}

/** The edge of `apply` and `backup`: signals, the view, the approval prompt, the exit code. */
export async function runConverge(
  io: Io,
  { plan, ports }: PlanSession,
  options: ConvergeOptions,
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
    const report = await converge(ports, plan, requestOf(io, options, { signals, emit: view.onEvent }));
    await view.close();
    const exitCode = report.ok ? say(io, report.value, options) : printFailure(io, report.failure, options);
    if (signals.forceful.aborted) await exitNow(io, exitCode);
    return exitCode;
  } finally {
    await view.close();
    signals.release();
  }
}

function requestOf(
  io: Io,
  options: ConvergeOptions,
  run: Pick<ConvergeRequest, 'signals' | 'emit'>,
): ConvergeRequest {
  const { kind, resources, mode, label } = options;
  return {
    kind,
    resources,
    ...(mode === undefined ? {} : { mode }),
    ...(label === undefined ? {} : { label }),
    approval: approvalOf(io, options),
    initTargets: options.initTarget ?? [],
    hooks: options.hooks,
    prune: options.prune === true,
    dryRun: options.dryRun === true,
    wait: options.wait === true,
    ...run,
  };
}

function approvalOf(io: Io, options: ConvergeOptions): Approval {
  if (options.expect !== undefined) return { kind: 'expect', digest: options.expect };
  if (options.yes === true) return { kind: 'yes' };
  if (!canAsk(io, options)) return { kind: 'none' };
  return { kind: 'ask', ask: (question) => confirm(io, question) };
}

function say(io: Io, report: RunReport, options: ConvergeOptions): number {
  if (options.json === true) printJson(io, convergeDocument(report));
  else if (options.printId === true) printLines(io.stdout, idsOf(report));
  if (options.json !== true) {
    const stream = options.printId === true ? io.stderr : io.stdout;
    printLines(stream, convergeLines(report, styleFor(stream, io, options)));
  }
  return report.exitCode;
}

function idsOf(report: RunReport): readonly string[] {
  return report.resources.filter((one) => one.targets.length > 0).map((one) => one.snapshotId);
}
