import { readAppliedPlan } from '../../catalog/applied-log.ts';
import { decryptSmall } from '../../bundle/small.ts';
import type { AppliedPlan } from '../../domain/applied-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Workspace } from '../workspace.ts';

/** The plan last committed, with its content where `armoredKey` opens it. Undefined before the first apply. */
export async function readApplied(
  workspace: Workspace,
  armoredKeys: readonly string[],
): Promise<Result<AppliedPlan | undefined>> {
  const repository = workspace.repositories.get(workspace.plan.state);
  if (repository === undefined) return ok(undefined);
  return readAppliedPlan({
    repository,
    verifier: workspace.verifier,
    plan: workspace.plan.name,
    decrypt: (bytes) => decryptSmall(bytes, { files: [], armored: armoredKeys, keyring: false }),
  });
}
