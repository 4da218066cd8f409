import type { ToolRequirement } from '../../domain/command.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ResourceType } from '../../domain/resource-type.ts';
import { openCapture } from './capture.ts';
import { loadArtifacts, refusesLoad } from './load.ts';
import { checkOptions, optionsSchema, readOptions } from './options.ts';
import { restoreArtifacts } from './restore.ts';

export const commandType: ResourceType = {
  type: 'command',
  modes: ['full'],
  optionsSchema,
  restorable: () => true,
  check: checkOptions,
  tools: requiredTools,
  open: openCapture,
  restore: restoreArtifacts,
  live: { kind: 'load', load: loadArtifacts, refuses: refusesLoad },
};

function requiredTools(options: JsonObject): readonly ToolRequirement[] {
  const { artifacts, proof } = readOptions(options);
  const programs = new Set([...artifacts.map(({ argv }) => argv[0]), ...(proof.check?.slice(0, 1) ?? [])]);
  return [...programs].map((tool) => ({ tool, package: tool, purpose: 'run what the plan names' }));
}
