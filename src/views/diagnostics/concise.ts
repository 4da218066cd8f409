import type { Diagnostic } from '../../domain/diagnostic.ts';
import { escapeLine } from '../escape.ts';

/** `file:line:column: severity[code]: message`, one line each, as compilers write them and editors read them. */
export function conciseDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${lineOf(diagnostic)}\n`).join('');
}

function lineOf({ range, severity, code, message, label }: Diagnostic): string {
  const place = range === undefined ? '' : `${range.file}:${range.line}:${range.column}: `;
  const more = label === undefined ? '' : ` (${label})`;
  return escapeLine(`${place}${severity}[${code}]: ${message}${more}`);
}
