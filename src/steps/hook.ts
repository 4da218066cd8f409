import type { Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { StepAction } from '../domain/run-graph.ts';
import type { StepHandler } from '../executor/step-handler.ts';

/** Runs the commands of a hook in order. `after` hooks all run, whatever the earlier ones did. */
export function hookStep(tools: Tools, cwd: string): StepHandler {
  return async ({ step, signal }) => {
    const action = step.action as Extract<StepAction, { kind: 'hook' }>;
    let first: Result<void> = ok();
    for (const argv of action.argv) {
      const result = await runHook(tools, { argv, cwd, signal });
      if (!result.ok && action.moment === 'before') return result;
      if (!result.ok && first.ok) first = result;
    }
    if (!first.ok) return first;
    return ok({ summary: `${action.moment} hooks of ${action.owner}`, warnings: [] });
  };
}

interface HookRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
}

async function runHook(tools: Tools, { argv, cwd, signal }: HookRun): Promise<Result<void>> {
  const run = await tools.run({ argv: argv as [string, ...string[]], cwd }, { signal });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  const how = run.value.signal ?? `exit code ${String(run.value.exitCode)}`;
  return failed(
    failure('HOOK_FAILED', `hook "${argv[0] ?? ''}" ended with ${how}`, { toolOutput: run.value.stderr }),
  );
}
