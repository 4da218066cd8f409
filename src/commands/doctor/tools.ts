import type { ToolRequirement } from '../../domain/command.ts';
import type { Examination } from '../../domain/doctor-report.ts';
import type { Plan } from '../../domain/plan.ts';
import { findPlanTool, isPath } from '../find-plan-tool.ts';
import { toolsNeededHere } from '../tools-needed.ts';
import type { Ports } from '../ports.ts';

/** What every run needs beside the tools of its resource and target types. */
const OWN_TOOLS: readonly ToolRequirement[] = [
  { tool: 'mkfifo', package: 'coreutils', purpose: 'join children' },
  { tool: 'zstd', package: 'zstd', purpose: 'compress and decompress' },
];

const OPTIONAL_TOOLS: readonly ToolRequirement[] = [
  { tool: 'gpg', package: 'gnupg', purpose: 'encrypt faster than the built-in writer' },
  { tool: 'setpriv', package: 'util-linux', purpose: 'end children together with a killed run' },
];

export async function examineTools(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const all = [...OWN_TOOLS, ...toolsOfResources(ports, plan), ...toolsOfTargets(ports, plan)];
  const needed = new Map(all.map((one) => [one.tool, one]));
  const findIn = (tool: string): Promise<string | undefined> => findPlanTool(ports, plan, tool);
  const required = [...needed.values()].map((one) => examineTool(findIn, one, 'failed'));
  const optional = OPTIONAL_TOOLS.filter(({ tool }) => !needed.has(tool)).map((one) =>
    examineTool(findIn, one, 'warning'),
  );
  return Promise.all([...required, ...optional]);
}

function toolsOfResources(ports: Ports, { resources }: Plan): readonly ToolRequirement[] {
  return Object.values(resources).flatMap((resource) =>
    resource.schedules.flatMap(({ mode }) => toolsNeededHere(ports, resource, mode)),
  );
}

function toolsOfTargets({ targetTypes }: Ports, { targets }: Plan): readonly ToolRequirement[] {
  return Object.values(targets).flatMap(({ type, options }) => targetTypes.get(type)?.tools?.(options) ?? []);
}

async function examineTool(
  find: (tool: string) => Promise<string | undefined>,
  { tool, package: debian, purpose }: ToolRequirement,
  missing: 'failed' | 'warning',
): Promise<Examination> {
  const path = await find(tool);
  if (path !== undefined) return { area: 'tools', subject: tool, state: 'ok', detail: path };
  if (isPath(tool))
    return { area: 'tools', subject: tool, state: missing, detail: 'does not exist or is not executable' };
  return {
    area: 'tools',
    subject: tool,
    state: missing,
    detail: `not installed; needed to ${purpose}`,
    hint: `apt-get install ${debian}`,
  };
}
