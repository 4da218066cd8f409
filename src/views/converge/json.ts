import type { RunReport } from '../../domain/run-report.ts';
import { failureDocument } from '../failure/json.ts';

/** The last line of `apply --json` and `backup --json`. */
export function convergeDocument({ outcome, resources, ...report }: RunReport): unknown {
  return {
    format: 'backup-plan/run@1.0',
    type: 'summary',
    ...report,
    resources: resources.map(({ failure, ...one }) =>
      failure === undefined ? one : { ...one, failure: failureDocument(failure) },
    ),
    ...(outcome === undefined
      ? {}
      : {
          durationMs: Math.round(outcome.durationMs),
          interrupted: outcome.interrupted ?? null,
          failures: outcome.failures.map(({ step, failure }) => ({ step, ...failureDocument(failure) })),
        }),
  };
}
