import type { DueBackup, IdleResource } from '../../domain/due.ts';
import type { PlanReport } from '../../domain/plan-report.ts';
import { isoText } from '../time.ts';

/** `plan --json`. */
export function planDocument(report: PlanReport): unknown {
  const { plan, digest, atMs, base, changed, due, idle, released } = report;
  return {
    format: 'backup-plan/plan@1.0',
    plan,
    digest,
    at: isoText(atMs),
    base: base ?? null,
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

function dueDocument({ slotMs, nextExpectedByMs, ...rest }: DueBackup): unknown {
  return {
    ...rest,
    ...(slotMs === undefined ? {} : { slot: isoText(slotMs) }),
    ...(nextExpectedByMs === undefined ? {} : { nextExpectedBy: isoText(nextExpectedByMs) }),
  };
}

function idleDocument({ nextMs, ...rest }: IdleResource): unknown {
  return { ...rest, ...(nextMs === undefined ? {} : { next: isoText(nextMs) }) };
}
