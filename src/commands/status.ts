import { ok, type Result } from '../domain/result.ts';
import type { StatusReport } from '../domain/status.ts';
import type { SpaceFacts } from '../domain/target.ts';
import { assessStatus } from '../planner/status/assess-status.ts';
import { listKeys } from './key-list.ts';
import type { Ports } from './ports.ts';
import type { Workspace } from './workspace.ts';

/** Gathers keys and free space, and compares what exists with what the plan promises. */
export async function currentStatus(ports: Ports, workspace: Workspace): Promise<Result<StatusReport>> {
  const keys = await listKeys(ports, workspace.plan);
  if (!keys.ok) return keys;
  const spaces = new Map<string, SpaceFacts>();
  for (const [name, { target }] of workspace.repositories) {
    const space = await target.space();
    if (space.ok && space.value !== undefined) spaces.set(name, space.value);
  }
  const { plan, catalog } = workspace;
  const facts = keys.value.map((key) => key.facts);
  return ok(assessStatus({ plan, catalog, nowMs: ports.clock.nowMs(), keys: facts, spaces }));
}
