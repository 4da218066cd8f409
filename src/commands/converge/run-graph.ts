import { rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import type { EventSink, RunOutcome } from '../../domain/events.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { PruneOutcome } from '../../domain/prune-report.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { RunGraph } from '../../domain/run-graph.ts';
import { execute } from '../../executor/execute.ts';
import type { StopSignals } from '../../executor/options.ts';
import { createHandlers } from '../../steps/handlers.ts';
import type { RunContext } from '../../steps/ports.ts';
import { OpenUploads } from '../../steps/open-uploads.ts';
import { createBandwidth, type Bandwidth } from '../../transfer/bandwidth.ts';
import type { Ports } from '../ports.ts';
import type { MachineKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';

/** Captures at the same time on this host, and uploads at the same time to one target. */
const LANES = { concurrency: 2, perTarget: 4 };

interface GraphRun {
  readonly plan: Plan;
  readonly graph: RunGraph;
  readonly workspace: Workspace;
  readonly writer: MachineKey;
  /** Signs marks and deletions; absent where this machine may not. */
  readonly pruner?: MachineKey;
  /** Told what became of each chain that a prune step touched. */
  readonly onPruned?: (outcome: PruneOutcome) => void;
  /** Why targets are not open. */
  readonly refused: ReadonlyMap<string, Failure>;
  readonly signals: StopSignals;
  readonly emit: EventSink;
}

/** Executes a graph with the real steps, and removes what was staged, whatever happened. */
export async function runGraph(ports: Ports, run: GraphRun): Promise<Result<RunOutcome>> {
  const context = await createContext(ports, run);
  if (!context.ok) return context;
  try {
    const outcome = await execute({
      plan: run.plan.name,
      graph: run.graph,
      handlers: createHandlers(context.value),
      limits: { ...LANES, targets: targetLanes(run.plan) },
      onFailure: run.plan.onFailure,
      signals: run.signals,
      clock: ports.clock,
      timers: ports.timers,
      emit: run.emit,
    });
    return ok(outcome);
  } finally {
    await context.value.uploads.abortAll();
    await removeStaging(run);
  }
}

function targetLanes({ targets }: Plan): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.values(targets).map(({ name, limits }) => [name, limits.concurrency]));
}

function bandwidthsOf(ports: Ports, { resources }: Plan): ReadonlyMap<string, Bandwidth> {
  return new Map(
    Object.values(resources).flatMap(({ name, limits: { bandwidth } }) =>
      bandwidth === undefined ? [] : [[name, createBandwidth(bandwidth, ports)] as const],
    ),
  );
}

async function createContext(ports: Ports, run: GraphRun): Promise<Result<RunContext>> {
  const writerOpener = await ports.cryptography.opener({
    files: [],
    armored: [run.writer.armored],
    keyring: false,
  });
  if (!writerOpener.ok) return writerOpener;
  const gitCommit = await ports.gitCommit(run.plan.directory);
  return ok({
    plan: run.plan,
    runId: run.graph.runId,
    catalog: run.workspace.catalog,
    repositories: run.workspace.repositories,
    refused: run.refused,
    resourceTypes: ports.resourceTypes,
    cryptography: ports.cryptography,
    signer: run.writer.signer,
    writer: run.writer.name,
    verifier: run.workspace.verifier,
    writerOpener: writerOpener.value,
    writerKeys: Object.values(run.plan.signing.keys)
      .filter((signer) => signer.may.includes('write'))
      .map((signer) => signer.key),
    tools: ports.tools,
    environment: ports.environment,
    secrets: ports.secretsOf(run.plan),
    clock: ports.clock,
    timers: ports.timers,
    makePrivateDirectory: ports.makePrivateDirectory,
    uploads: new OpenUploads(),
    bandwidths: bandwidthsOf(ports, run.plan),
    ...(run.pruner === undefined ? {} : { pruner: run.pruner }),
    ...(run.onPruned === undefined ? {} : { onPruned: run.onPruned }),
    facts: {
      toolVersion: ports.toolVersion,
      os: platform(),
      arch: arch(),
      ...(gitCommit === undefined ? {} : { gitCommit }),
    },
  });
}

async function removeStaging({ workspace, graph }: GraphRun): Promise<void> {
  for (const { target } of workspace.repositories.values()) {
    if (!target.capabilities.staging) continue;
    const directory = await target.stagingDirectory(graph.runId);
    if (directory.ok && directory.value !== undefined)
      await rm(directory.value, { recursive: true, force: true });
  }
}
