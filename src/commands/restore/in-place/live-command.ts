import { failure, type Failure } from '../../../domain/failure.ts';
import type { ToolRun } from '../../../domain/command.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import type { ResourceSpec } from '../../../domain/plan.ts';
import type { RestoreTools, Selection } from '../request.ts';

export interface LiveCommand {
  readonly argv: readonly string[];
  /** As a message names it: `check`, `before hook`. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly restoreId: string;
}

/** Whose commands they are. */
export interface LiveResource {
  readonly resource: string;
  /** Absent where the plan has no such resource any more. */
  readonly spec?: ResourceSpec;
}

export function liveOf({ snapshot, spec }: Selection): LiveResource {
  return { resource: snapshot.resource, ...(spec === undefined ? {} : { spec }) };
}

type World = Pick<RestoreTools, 'ports' | 'workspace'>;

const DEFAULT_TIMEOUT_MS = 3_600_000;

/** Runs a command of the plan's `restore` section; any exit code but 0 is HOOK_FAILED. */
export async function runLiveCommand(
  world: World,
  live: LiveResource,
  command: LiveCommand,
): Promise<Result<void>> {
  const run = await attemptLiveCommand(world, live, command);
  if (!run.ok) return run;
  return run.value.exitCode === 0 ? ok() : failed(endedBadly(live, command, run.value));
}

/** As above, but any way in which the command itself ends is a value. */
export async function attemptLiveCommand(
  { ports, workspace }: World,
  { resource, spec }: LiveResource,
  { argv, signal, restoreId }: LiveCommand,
): Promise<Result<ToolRun>> {
  return ports.tools.run(
    {
      argv: argv as [string, ...string[]],
      cwd: workspace.plan.directory,
      env: { BACKUP_PLAN_RESOURCE: resource, BACKUP_PLAN_RESTORE_ID: restoreId },
    },
    { signal, timeoutMs: spec?.limits.timeoutMs ?? DEFAULT_TIMEOUT_MS },
  );
}

export function endedBadly(
  { resource }: LiveResource,
  { what, argv }: LiveCommand,
  { exitCode, signal = `exit code ${String(exitCode)}`, stdout, stderr }: ToolRun,
): Failure {
  const message = `${what} "${argv[0] ?? ''}" of ${resource} ended with ${signal}`;
  const printed = `${stdout.toString('utf8').slice(-OUTPUT_CHARACTERS)}${stderr}`;
  return failure('HOOK_FAILED', message, printed === '' ? {} : { toolOutput: printed });
}

const OUTPUT_CHARACTERS = 8_192;
