import type { Diagnostic } from '../../domain/diagnostic.ts';
import { countOf } from './count.ts';

/** The document of `validate --json`; its schema is `schemas/output/validate.schema.json`. */
export interface ValidateDocument {
  readonly format: 'backup-plan/validate@1.0';
  readonly valid: boolean;
  readonly errorCount: number;
  readonly warningCount: number;
  readonly diagnostics: readonly Diagnostic[];
}

export function validateDocument(diagnostics: readonly Diagnostic[]): ValidateDocument {
  const { errors, warnings } = countOf(diagnostics);
  return {
    format: 'backup-plan/validate@1.0',
    valid: errors === 0,
    errorCount: errors,
    warningCount: warnings,
    diagnostics,
  };
}
