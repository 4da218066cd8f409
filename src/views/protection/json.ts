import type { ProtectionReport } from '../../domain/protection-report.ts';
import { failureDocument } from '../failure/json.ts';
import { isoText } from '../time.ts';

/** `pin --json`, `unpin --json`, `undelete --json`. */
export function protectionDocument({ untilMs, targets, ...report }: ProtectionReport): object {
  return {
    format: 'backup-plan/protection@1.0',
    ...report,
    ...(untilMs === undefined ? {} : { until: isoText(untilMs) }),
    targets: targets.map(({ target, state, failure }) => ({
      name: target,
      state,
      ...(failure === undefined ? {} : { failure: failureDocument(failure) }),
    })),
  };
}
