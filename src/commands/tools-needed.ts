import type { ToolRequirement } from '../domain/command.ts';
import type { Mode } from '../domain/mode.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import { requirementOf } from '../transport/transport.ts';
import type { Ports } from './ports.ts';

/** Tools that a resource needs on this machine: those of its type, or the one that reaches the place of them. */
export function toolsNeededHere(
  { resourceTypes }: Pick<Ports, 'resourceTypes'>,
  { type, options, via }: ResourceSpec,
  mode: Mode,
): readonly ToolRequirement[] {
  if (via !== undefined) return [requirementOf(via)];
  return resourceTypes.get(type)?.tools(options, mode) ?? [];
}
