import { resolve } from 'node:path';
import type { Plan } from '../domain/plan.ts';
import type { Ports } from './ports.ts';

/** Absolute path of a program that a plan needs: paths start at the plan's folder, names are looked up on PATH. */
export function findPlanTool(
  { tools }: Pick<Ports, 'tools'>,
  plan: Plan,
  tool: string,
): Promise<string | undefined> {
  return tools.find(isPath(tool) ? resolve(plan.directory, tool) : tool);
}

export function isPath(tool: string): boolean {
  return tool.includes('/');
}
