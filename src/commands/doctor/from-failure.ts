import type { Examination } from '../../domain/doctor-report.ts';
import { FAILURE_KINDS, type Failure } from '../../domain/failure.ts';

export function fromFailure(
  area: Examination['area'],
  subject: string,
  { code, message, hint }: Failure,
): Examination {
  return {
    area,
    subject,
    state: 'failed',
    detail: `${code}: ${message}`,
    hint: hint ?? FAILURE_KINDS[code].remedy,
  };
}
