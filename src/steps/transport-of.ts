import type { ResourceSpec } from '../domain/plan.ts';
import type { Result } from '../domain/result.ts';
import { openTransport, type Transport } from '../transport/transport.ts';
import type { RunContext } from './ports.ts';

/** The way to where the tools of a resource run. */
export function transportOf(
  { tools, environment, plan }: RunContext,
  resource: ResourceSpec | undefined,
  signal: AbortSignal,
): Promise<Result<Transport>> {
  const surroundings = { tools, environment, planDirectory: plan.directory, signal };
  if (resource?.via === undefined) return openTransport(undefined, surroundings);
  const { nice } = resource.limits;
  return openTransport(resource.via, { ...surroundings, ...(nice === undefined ? {} : { nice }) });
}
