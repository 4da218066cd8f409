import type { Examination } from '../../domain/doctor-report.ts';

/** `doctor --json`. */
export function doctorDocument(plan: string, examinations: readonly Examination[]): object {
  return {
    format: 'backup-plan/doctor@1.0',
    plan,
    ok: examinations.every((one) => one.state !== 'failed'),
    examinations,
  };
}
