import type { Diagnostic, SourceText } from '../../domain/diagnostic.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { countOf } from './count.ts';
import { excerptOf, gutterWidth, paintOf } from './excerpt.ts';

/** Every diagnostic with its place in the file, then one line that counts them. Ends with a line end. */
export function humanDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  style: Style,
  durationMs?: number,
): string {
  const lines = new Map(sources.map(({ file, text }) => [file, text.split(/\r?\n/)]));
  const blocks = diagnostics.map((diagnostic) =>
    blockOf(diagnostic, lines.get(diagnostic.range?.file ?? '') ?? [], style),
  );
  const time = durationMs === undefined ? '' : ` (${humanDuration(durationMs)})`;
  const summary = `${countsOf(diagnostics)} in ${counted(sources.length, 'file')}${time}.${adviceOf(diagnostics)}`;
  return `${[...blocks, summary].join('\n\n')}\n`;
}

function blockOf(diagnostic: Diagnostic, lines: readonly string[], style: Style): string {
  const { code, severity, message, range, help } = diagnostic;
  const title = `${paintOf(severity, style)(`${severity}[${code}]`)}: ${style.strong(style.text(message))}`;
  const margin = ' '.repeat(gutterWidth(range?.line ?? 0));
  const advice = help === undefined ? [] : [`${margin} ${style.faint('=')} help: ${style.text(help)}`];
  return [
    title,
    ...placeOf(diagnostic, margin, style),
    ...excerptOf(diagnostic, lines, style),
    ...advice,
  ].join('\n');
}

function placeOf({ range, address }: Diagnostic, margin: string, style: Style): readonly string[] {
  if (range === undefined) return [];
  const place = `${range.file}:${range.line}:${range.column}`;
  const suffix = address === undefined ? '' : `   ${style.text(address)}`;
  return [`${margin}${style.faint('-->')} ${style.text(place)}${suffix}`];
}

function countsOf(diagnostics: readonly Diagnostic[]): string {
  const { errors, warnings, notes } = countOf(diagnostics);
  const parts = [
    errors > 0 && counted(errors, 'error'),
    warnings > 0 && counted(warnings, 'warning'),
    notes > 0 && counted(notes, 'note'),
  ];
  const said = parts.filter((part) => part !== false);
  return said.length === 0 ? 'nothing to complain about' : said.join(', ');
}

function adviceOf(diagnostics: readonly Diagnostic[]): string {
  const worst = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  return worst === undefined ? '' : ` Run \`backup-plan explain ${worst.code}\` for details.`;
}
