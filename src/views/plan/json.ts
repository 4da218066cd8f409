import type { PlanReport, ReleasedSnapshot } from '../../domain/plan-report.ts';
import { missingCopyDocument } from '../copies/json.ts';
import { dueDocument, idleDocument } from '../due/json.ts';
import { heldDocument } from '../held.ts';
import { isoText } from '../time.ts';

/** `plan --json`. */
export function planDocument(report: PlanReport): unknown {
  const { plan, digest, atMs, base, changed, due, idle, missing, released, held, condemned } = report;
  return {
    format: 'backup-plan/plan@1.0',
    plan,
    digest,
    at: isoText(atMs),
    ...(base === undefined ? {} : { base }),
    changed,
    summary: {
      due: due.length,
      missing: missing.length,
      prune: released.length,
      steps: report.steps,
      snapshots: report.snapshots,
      ...(report.estimatedBytes === undefined ? {} : { estimatedBytes: report.estimatedBytes }),
    },
    due: due.map(dueDocument),
    idle: idle.map(idleDocument),
    missing: missing.map(missingCopyDocument),
    prune: released.map(releasedDocument),
    held: held.map(heldDocument),
    condemned: condemned.map(({ untilMs, ...one }) => ({ ...one, until: isoText(untilMs) })),
    separate: report.separate,
    policies: report.policies,
    unknown: report.unread,
    problems: report.problems,
  };
}

function releasedDocument({ consistentAtMs, graceUntilMs, ...one }: ReleasedSnapshot): object {
  return {
    ...one,
    consistentAt: isoText(consistentAtMs),
    ...(graceUntilMs !== undefined && { graceUntil: isoText(graceUntilMs) }),
  };
}
