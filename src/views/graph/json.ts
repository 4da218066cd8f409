import type { RunGraph, Step } from '../../domain/run-graph.ts';

/** `graph --json`. */
export function graphDocument({ runId, steps }: RunGraph): object {
  return { format: 'backup-plan/graph@1.0', runId, steps: steps.map(stepDocument) };
}

export function stepDocument({ id, subject, action, needs, after = [] }: Step): object {
  return {
    id,
    subject,
    kind: action.kind,
    ...('task' in action && {
      resource: action.task.resource,
      mode: action.task.mode,
      snapshotId: action.task.snapshotId,
    }),
    ...('copy' in action && {
      resource: action.copy.resource,
      mode: action.copy.mode,
      snapshotId: action.copy.snapshotId,
      target: action.copy.target,
    }),
    ...('target' in action && { target: action.target }),
    needs,
    after,
  };
}
