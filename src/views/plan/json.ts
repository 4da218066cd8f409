import type { PlanReport } from '../../domain/plan-report.ts';
import { dueDocument, idleDocument } from '../due/json.ts';
import { isoText } from '../time.ts';

/** `plan --json`. */
export function planDocument(report: PlanReport): unknown {
  const { plan, digest, atMs, base, changed, due, idle, released } = report;
  return {
    format: 'backup-plan/plan@1.0',
    plan,
    digest,
    at: isoText(atMs),
    ...(base === undefined ? {} : { base }),
    changed,
    summary: {
      due: due.length,
      prune: released.length,
      steps: report.steps,
      snapshots: report.snapshots,
      ...(report.estimatedBytes === undefined ? {} : { estimatedBytes: report.estimatedBytes }),
    },
    due: due.map(dueDocument),
    idle: idle.map(idleDocument),
    prune: released.map(({ consistentAtMs, ...one }) => ({ ...one, consistentAt: isoText(consistentAtMs) })),
    unknown: report.unread,
    problems: report.problems,
  };
}
