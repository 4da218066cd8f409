import type { Plan } from '../domain/plan.ts';
import type { CopyTask, RunGraph, Step } from '../domain/run-graph.ts';

/** One step per copy, each after the copy of its parent where that is made too. */
export function copySteps(plan: Plan, copies: readonly CopyTask[]): Step[] {
  const ids = new Set(copies.map(copyStepId));
  return copies.map((copy): Step => {
    const limits = plan.resources[copy.resource]?.limits;
    const parent = copy.parentId === undefined ? [] : [copyStepId({ ...copy, snapshotId: copy.parentId })];
    return {
      id: copyStepId(copy),
      action: { kind: 'copy', copy },
      needs: parent.filter((id) => ids.has(id)),
      lane: { kind: 'target', target: copy.target },
      ...(limits === undefined ? {} : { timeoutMs: limits.timeoutMs }),
      retries: limits?.retries ?? 0,
      subject: copy.resource,
    };
  });
}

/** Each once: several snapshots may build on one. */
export function distinctCopies(copies: readonly CopyTask[]): readonly CopyTask[] {
  return [...new Map(copies.map((copy) => [copyStepId(copy), copy])).values()];
}

/** Of the backups, and of the copies that are made after them. */
export function stepCount({ steps }: RunGraph, copies: readonly CopyTask[]): number {
  const ids = new Set(steps.map(({ id }) => id));
  return steps.length + copies.filter((copy) => !ids.has(copyStepId(copy))).length;
}

export function copyStepId({
  resource,
  snapshotId,
  target,
}: Pick<CopyTask, 'resource' | 'snapshotId' | 'target'>): string {
  return `copy ${resource}@${snapshotId} → ${target}`;
}
