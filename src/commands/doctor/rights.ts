import type { ProbeFacts } from '../../catalog/event-facts.ts';
import { askRemovalOfNothing } from '../../catalog/probe/removal.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { Examination } from '../../domain/doctor-report.ts';
import type { Failure } from '../../domain/failure.ts';
import type { TargetSpec } from '../../domain/plan.ts';
import type { MachineKey } from '../read-keys.ts';

interface About {
  readonly target: string;
  readonly spec: TargetSpec | undefined;
  readonly key: MachineKey | undefined;
}

/** What the credentials of this machine were seen to be allowed, against what its key is for. */
export function rightsOf({ target, spec, key, facts }: About & { readonly facts: ProbeFacts }): Examination {
  const { mayRemove, lock } = facts;
  const detail = `may read, list and create; ${lock ? 'what is new is locked against deletion' : removalOf(mayRemove)}`;
  const prunesHere = key?.may.includes('prune') === true && spec?.prune === 'apply';
  if (mayRemove !== false || !prunesHere) return { area: 'rights', subject: target, state: 'ok', detail };
  const hint = `The key "${key.name}" is to prune. Give the credentials the right to delete, or say \`prune: separate\` for the target and prune elsewhere.`;
  return { area: 'rights', subject: target, state: 'warning', detail, hint };
}

function removalOf(mayRemove: boolean | undefined): string {
  if (mayRemove === undefined) return 'whether deleting is allowed cannot be told';
  return mayRemove ? 'may delete' : 'may not delete';
}

export interface Denied extends About {
  /** Name of the plan. */
  readonly plan: string;
  readonly refusal: Failure;
}

/** Right for a machine that only reads; what a writer needs is missing. */
export async function rightsWithoutCreating(
  repository: Repository,
  { target, key, plan, refusal }: Denied,
): Promise<Examination> {
  const deletes = (await askRemovalOfNothing(repository, plan)) === false ? ', nor delete' : '';
  const detail = `may read and list; may not create${deletes} (${refusal.message})`;
  if (key?.may.includes('write') !== true) return { area: 'rights', subject: target, state: 'ok', detail };
  const hint =
    refusal.hint ??
    `The key "${key.name}" writes. \`backup-plan doctor --iam\` prints the rights that a writer needs.`;
  return { area: 'rights', subject: target, state: 'failed', detail, hint };
}
