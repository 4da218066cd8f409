import { readAppliedPlan } from '../../catalog/applied-log.ts';
import { decryptSmall } from '../../bundle/small.ts';
import type { AppliedPlan } from '../../domain/applied-plan.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Workspace } from '../workspace.ts';

/**
 * The plan last committed, with its content where `armoredKeys` open it. Undefined before the first
 * apply; LOG_UNREADABLE where snapshots prove that there was one and the target with the log is gone.
 */
export async function readApplied(
  workspace: Workspace,
  armoredKeys: readonly string[],
): Promise<Result<AppliedPlan | undefined>> {
  const repository = workspace.repositories.get(workspace.plan.state);
  if (repository === undefined) return lostLog(workspace);
  return readAppliedPlan({
    repository,
    verifier: workspace.verifier,
    plan: workspace.plan.name,
    decrypt: (bytes) => decryptSmall(bytes, { files: [], armored: armoredKeys, keyring: false }),
  });
}

function lostLog({ plan, closed, catalog }: Workspace): Result<undefined> {
  const why = closed.get(plan.state)?.failure;
  if (why === undefined || catalog.snapshots.length === 0) return ok(undefined);
  const message = `the log lies on target ${plan.state}, which cannot be used: ${why.message}`;
  return failed(failure('LOG_UNREADABLE', message));
}
