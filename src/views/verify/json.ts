import type { VerifyReport } from '../../domain/verify-report.ts';
import { failureDocument } from '../failure/json.ts';

export function verifyDocument({ level, checks, problems }: VerifyReport): unknown {
  return {
    format: 'backup-plan/verify@1.0',
    level,
    ok: problems.length === 0 && checks.every((check) => check.failure === undefined),
    checks: checks.map(({ failure, ...check }) => ({
      ...check,
      result: failure === undefined ? 'passed' : failure.code === 'ARCHIVED' ? 'archived' : 'failed',
      ...(failure === undefined ? {} : { failure: failureDocument(failure) }),
    })),
    problems,
  };
}
