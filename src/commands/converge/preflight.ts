import type { BackupTask, RunGraph } from '../../domain/run-graph.ts';
import { failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { findPlanTool, isPath } from '../find-plan-tool.ts';
import { toolsNeededHere } from '../tools-needed.ts';
import type { Ports } from '../ports.ts';

/** Checks, before any target is written, that every tool and every recipient key of the graph is usable. */
export async function preflight(ports: Ports, plan: Plan, graph: RunGraph): Promise<Result<void>> {
  const tasks = graph.steps.flatMap((step) => (step.action.kind === 'capture' ? [step.action.task] : []));
  const tools = await checkTools(ports, plan, tasks);
  return tools.ok ? checkRecipients(ports, plan, tasks) : tools;
}

async function checkTools(ports: Ports, plan: Plan, tasks: readonly BackupTask[]): Promise<Result<void>> {
  const seen = new Set<string>();
  for (const task of tasks) {
    const resource = plan.resources[task.resource];
    const needed = resource === undefined ? [] : toolsNeededHere(ports, resource, task.mode);
    for (const { tool, package: debian, purpose } of needed) {
      if (seen.has(tool)) continue;
      seen.add(tool);
      if ((await findPlanTool(ports, plan, tool)) !== undefined) continue;
      const facts = { tool, resource: task.resource };
      const missing = isPath(tool)
        ? failure('TOOL_MISSING', `${tool} does not exist or is not executable; ${task.resource} needs it`, {
            facts,
          })
        : failure('TOOL_MISSING', `"${tool}" is not installed; ${task.resource} needs it to ${purpose}`, {
            hint: `apt-get install ${debian}`,
            facts,
          });
      return failed(missing);
    }
  }
  return ok();
}

async function checkRecipients(
  ports: Ports,
  plan: Plan,
  tasks: readonly BackupTask[],
): Promise<Result<void>> {
  const names = new Set(tasks.map((task) => plan.resources[task.resource]?.encryption));
  for (const name of names) {
    const profile = name === undefined ? undefined : plan.encryption[name];
    if (profile === undefined)
      return failed(failure('RECIPIENT_UNUSABLE', `no encryption profile "${name ?? ''}"`));
    const sealer = await ports.cryptography.sealer(profile);
    if (!sealer.ok) return sealer;
  }
  return ok();
}
