import type { ResourceSummary, RunReport } from '../../domain/run-report.ts';
import { copiedDocument, missingCopyDocument } from '../copies/json.ts';
import { dueDocument, idleDocument } from '../due/json.ts';
import { outcomeDocument, plannedDocument } from '../prune/json.ts';
import { failureDocument } from '../failure/json.ts';

/** The last line of `apply --json` and `backup --json`. */
export function convergeDocument(report: RunReport): object {
  const { plan, state, exitCode, runId, digest, serial, appliedSerial, heldBy, outcome } = report;
  return {
    format: 'backup-plan/run@1.0',
    type: 'summary',
    plan,
    state,
    exitCode,
    runId,
    digest,
    ...(serial !== undefined && { serial }),
    ...(appliedSerial !== undefined && { appliedSerial }),
    ...(heldBy !== undefined && { heldBy }),
    steps: report.steps,
    snapshots: report.snapshotsRead,
    due: report.due.map(dueDocument),
    idle: report.idle.map(idleDocument),
    resources: report.resources.map(resourceDocument),
    missing: report.missing.map(missingCopyDocument),
    copies: report.copies.map(copiedDocument),
    ...(outcome !== undefined && {
      durationMs: Math.round(outcome.durationMs),
      ...(outcome.interrupted !== undefined && { interrupted: outcome.interrupted }),
    }),
    failures: (outcome?.failures ?? []).map(({ step, failure }) => ({
      step,
      failure: failureDocument(failure),
    })),
    ...(report.pruned !== undefined && {
      pruned: {
        targets: plannedDocument(report.pruned.planned),
        outcomes: report.pruned.outcomes.map(outcomeDocument),
      },
    }),
    notes: report.notes,
  };
}

function resourceDocument({ failure, ...one }: ResourceSummary): object {
  return failure === undefined ? one : { ...one, failure: failureDocument(failure) };
}
