import { initRepository, type Repository } from '../../catalog/repository.ts';
import type { AppliedPlan } from '../../domain/applied-plan.ts';
import type { Signer } from '../../domain/cryptography.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../ports.ts';
import type { ClosedTarget, Workspace } from '../workspace.ts';

interface NewTargetsRequest {
  readonly workspace: Workspace;
  readonly applied: AppliedPlan | undefined;
  readonly signer: Signer;
  /** True where this run commits a changed plan: only then may it make a place a repository. */
  readonly commits: boolean;
  /** Targets that --init-target names. */
  readonly named: readonly string[];
}

/** What is new, and what was lost and stays refused. */
export interface TargetSetUp {
  readonly created: readonly Repository[];
  readonly refused: ReadonlyMap<string, Failure>;
}

/**
 * Makes repositories of the targets that this change adds. A known target without its marker is
 * never filled: an unmounted disk looks exactly like that.
 */
export async function setUpNewTargets(
  ports: Ports,
  request: NewTargetsRequest,
): Promise<Result<TargetSetUp>> {
  const created: Repository[] = [];
  const refused = new Map<string, Failure>();
  for (const [name, closed] of request.workspace.closed) {
    if (!mayCreate(name, closed, request)) {
      refused.set(name, withHint(name, closed.failure));
      continue;
    }
    const repoId = [...request.workspace.repositories.values(), ...created][0]?.repoId;
    const made = await create(ports, { closed, signer: request.signer, repoId });
    if (!made.ok) return made;
    created.push(made.value);
  }
  const unknown = request.named.find((name) => request.workspace.plan.targets[name] === undefined);
  if (unknown !== undefined) return failed(failure('USAGE', `the plan has no target "${unknown}"`));
  return ok({ created, refused });
}

function mayCreate(name: string, closed: ClosedTarget, request: NewTargetsRequest): boolean {
  const { code } = closed.failure;
  if (code !== 'TARGET_NOT_OURS' && code !== 'TARGET_UNREACHABLE') return false;
  if (request.named.includes(name)) return true;
  return request.commits && !isKnown(name, request);
}

/**
 * Known = part of the applied plan. Without a log nothing is known, unless some other target has a
 * marker: then this is no first apply, and the target with the log is the one that is lost.
 */
function isKnown(name: string, { workspace, applied }: NewTargetsRequest): boolean {
  if (applied === undefined) return workspace.repositories.size > 0 && name === workspace.plan.state;
  const targets = applied.state?.plan['targets'];
  if (typeof targets !== 'object' || targets === null) return true;
  return name in targets;
}

function withHint(name: string, why: Failure): Failure {
  if (why.code !== 'TARGET_NOT_OURS') return why;
  return {
    ...why,
    hint: `If it is not mounted, mount it. If it is a new place, or its content is really lost: apply --yes --init-target ${name}.`,
  };
}

async function create(
  ports: Ports,
  request: { readonly closed: ClosedTarget; readonly signer: Signer; readonly repoId: string | undefined },
): Promise<Result<Repository>> {
  const { target } = request.closed;
  const prepared = await target.prepare();
  if (!prepared.ok) return prepared;
  const opened = await target.open();
  if (!opened.ok) return opened;
  return initRepository({
    target,
    signer: request.signer,
    clock: ports.clock,
    toolVersion: ports.toolVersion,
    ...(request.repoId === undefined ? {} : { repoId: request.repoId }),
  });
}
