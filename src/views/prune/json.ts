import type { PruneChain, PrunePlan } from '../../domain/prune-plan.ts';
import type { PruneOutcome, PruneReport } from '../../domain/prune-report.ts';
import { failureDocument } from '../failure/json.ts';
import { isoText } from '../time.ts';

/** `prune --json`, the last line of the stream. */
export function pruneDocument(report: PruneReport): object {
  const { plan, runId, atMs, dryRun, planned, problems, outcomes, notes, exitCode } = report;
  return {
    format: 'backup-plan/prune@1.0',
    type: 'summary',
    plan,
    runId,
    at: isoText(atMs),
    dryRun,
    exitCode,
    targets: plannedDocument(planned),
    outcomes: outcomes.map(outcomeDocument),
    problems,
    notes,
  };
}

export function plannedDocument({ targets }: PrunePlan): readonly object[] {
  return targets.map(({ target, condemn, sweep, waiting, reprieve, refusals, leftovers }) => ({
    target,
    delete: sweep.map(chainDocument),
    mark: condemn.map(chainDocument),
    waiting: waiting.map(chainDocument),
    keep: reprieve.map(chainDocument),
    refused: refusals.map(({ resource, failure, held }) => ({
      ...(resource === undefined ? {} : { resource }),
      held,
      failure: failureDocument(failure),
    })),
    leftovers: leftovers.map(({ kind, key, bytes, modifiedMs }) => ({
      kind,
      key,
      bytes,
      modifiedAt: isoText(modifiedMs),
    })),
  }));
}

export function outcomeDocument({ failure, ...outcome }: PruneOutcome): object {
  return failure === undefined ? outcome : { ...outcome, failure: failureDocument(failure) };
}

function chainDocument({ resource, root, members, graceMs, sweepAtMs }: PruneChain): object {
  return {
    resource,
    root,
    graceSeconds: Math.round(graceMs / 1000),
    deleteAfter: isoText(sweepAtMs),
    snapshots: members.map(({ snapshotId, mode, consistentAtMs, bytes, label }) => ({
      id: snapshotId,
      mode,
      consistentAt: isoText(consistentAtMs),
      bytes,
      ...(label === undefined ? {} : { label }),
    })),
  };
}
