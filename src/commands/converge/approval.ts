import type { AppliedPlan } from '../../domain/applied-plan.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../ports.ts';

/** How a person or a pipeline allows a changed plan to be committed. */
export type Approval =
  | { readonly kind: 'none' }
  | { readonly kind: 'yes' }
  | { readonly kind: 'expect'; readonly digest: string }
  | { readonly kind: 'ask'; readonly ask: (question: string) => Promise<boolean> };

/** Which plan a run follows. */
export interface Mandate {
  readonly plan: Plan;
  /** True where the run makes `plan` the applied one. */
  readonly commits: boolean;
  /** True where the plan file has changes that nobody approved: the applied plan is followed, exit code 12. */
  readonly unapproved: boolean;
}

/**
 * Decides between the plan file and the applied plan. A changed plan is followed only where it was
 * approved; else the applied one is, and where there is none, nothing is.
 */
export async function decideMandate(
  ports: Ports,
  plan: Plan,
  request: { readonly applied: AppliedPlan | undefined; readonly approval: Approval },
): Promise<Result<Mandate>> {
  const { applied, approval } = request;
  if (approval.kind === 'expect' && approval.digest !== plan.digest) {
    return failed(
      failure('APPROVAL_STALE', `the plan has the digest ${plan.digest}, approved was ${approval.digest}`),
    );
  }
  if (applied?.digest === plan.digest) return ok({ plan, commits: false, unapproved: false });
  if (await isApproved(approval, applied)) return ok({ plan, commits: true, unapproved: false });
  if (applied?.state === undefined) {
    const why =
      applied === undefined ? 'this plan was never applied' : 'the plan file differs from the applied plan';
    return failed(failure('APPROVAL_MISSING', why));
  }
  const old = await ports.planFromDocument(applied.state.plan, plan);
  return old.ok ? ok({ plan: old.value, commits: false, unapproved: true }) : old;
}

async function isApproved(approval: Approval, applied: AppliedPlan | undefined): Promise<boolean> {
  if (approval.kind === 'yes' || approval.kind === 'expect') return true;
  if (approval.kind === 'none') return false;
  const what =
    applied === undefined
      ? 'This plan was never applied.'
      : `The plan differs from applied #${String(applied.serial)}.`;
  return approval.ask(`${what} Apply it?`);
}

/** Between the decision and the lock another run may have applied another plan: this one must not undo that. */
export function overtaken(
  now: AppliedPlan | undefined,
  { applied, plan }: { readonly applied: AppliedPlan | undefined; readonly plan: Plan },
): Failure | undefined {
  if (now === undefined || now.digest === applied?.digest || now.digest === plan.digest) return undefined;
  return failure('APPROVAL_STALE', `another run has applied #${String(now.serial)} meanwhile`, {
    hint: 'Run it again: it then follows, or is compared with, the plan that is applied now.',
  });
}
