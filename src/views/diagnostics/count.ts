import type { Diagnostic } from '../../domain/diagnostic.ts';

export interface DiagnosticCount {
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

export function countOf(diagnostics: readonly Diagnostic[]): DiagnosticCount {
  const count = (wanted: Diagnostic['severity']): number =>
    diagnostics.filter(({ severity }) => severity === wanted).length;
  return { errors: count('error'), warnings: count('warning'), notes: count('note') };
}
