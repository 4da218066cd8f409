import type { CopySummary } from '../../domain/run-report.ts';
import type { CopyTask } from '../../domain/run-graph.ts';
import { failureDocument } from '../failure/json.ts';

export function missingCopyDocument({ nextExpectedByMs: _forItsRecord, ...copy }: CopyTask): object {
  return copy;
}

export function copiedDocument({ failure, ...copy }: CopySummary): object {
  return failure === undefined ? copy : { ...copy, failure: failureDocument(failure) };
}
