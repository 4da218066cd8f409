import type { Examination } from '../../domain/doctor-report.ts';
import { ok, type Result } from '../../domain/result.ts';
import { readApplied } from '../converge/applied.ts';
import type { Ports } from '../ports.ts';
import { writerKey } from '../read-keys.ts';
import type { Workspace } from '../workspace.ts';
import { fromFailure } from './from-failure.ts';

/** Says nothing where only other targets than the one with the log are looked at. */
export async function examineLog(ports: Ports, workspace: Workspace): Promise<readonly Examination[]> {
  const { plan, repositories, closed } = workspace;
  if (!repositories.has(plan.state) && !closed.has(plan.state)) return [];
  const applied = await appliedDigest(ports, workspace);
  if (!applied.ok) return [fromFailure('log', plan.state, applied.failure)];
  if (applied.value === plan.digest)
    return [{ area: 'log', subject: plan.name, state: 'ok', detail: 'the plan file is the applied plan' }];
  const detail =
    applied.value === undefined
      ? 'the plan was never applied'
      : 'the plan file differs from the applied plan';
  const hint = 'Scheduled runs do not apply changes: run `backup-plan apply --yes` once.';
  return [{ area: 'log', subject: plan.name, state: 'warning', detail, hint }];
}

async function appliedDigest(ports: Ports, workspace: Workspace): Promise<Result<string | undefined>> {
  const writer = await writerKey(ports, workspace.plan);
  const applied = await readApplied(workspace, writer.ok ? [writer.value.armored] : []);
  return applied.ok ? ok(applied.value?.digest) : applied;
}
