import type { Diagnostic, SourceRange } from '../../domain/diagnostic.ts';
import type { Paint, Style } from '../style.ts';

/** Longest piece of a source line that is shown. */
const MAX_WIDTH = 110;

/** Control, direction and invisible characters could change what a terminal shows. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The place of a diagnostic as it stands in the file, underlined; nothing where the line is not at hand. */
export function excerptOf(diagnostic: Diagnostic, lines: readonly string[], style: Style): readonly string[] {
  const { range, severity, label } = diagnostic;
  const line = range === undefined ? undefined : lines[range.line - 1];
  if (range === undefined || line === undefined) return [];
  const width = gutterWidth(range.line);
  const gutter = (number = ''): string => style.faint(`${number.padStart(width)} |`);
  const above = severity === 'error' ? lineAbove(lines, range.line) : undefined;
  const view = viewOf(line, range);
  const underline = `${'^'.repeat(view.length)}${label === undefined ? '' : ` ${style.text(label)}`}`;
  return [
    gutter(),
    ...(above === undefined ? [] : [`${gutter(String(range.line - 1))} ${cut(above, 0)}`]),
    `${gutter(String(range.line))} ${cut(line, view.offset)}`.trimEnd(),
    `${gutter()} ${' '.repeat(view.indent)}${paintOf(severity, style)(underline)}`,
  ];
}

/** Columns before the bar. */
export function gutterWidth(line: number): number {
  return Math.max(2, String(line).length);
}

export function paintOf(severity: Diagnostic['severity'], style: Style): Paint {
  return { error: style.bad, warning: style.caution, note: style.strong }[severity];
}

/** It often tells what the marked line belongs to. */
function lineAbove(lines: readonly string[], number: number): string | undefined {
  const above = lines[number - 2];
  return above === undefined || above.trim() === '' ? undefined : above;
}

interface View {
  /** Characters cut off at the left. */
  readonly offset: number;
  readonly indent: number;
  readonly length: number;
}

function viewOf(line: string, { line: first, column, endLine, endColumn }: SourceRange): View {
  const end = endLine === first ? endColumn : line.trimEnd().length + 1;
  const offset = column <= MAX_WIDTH - 20 ? 0 : column - 20;
  const indent = column - 1 - offset + (offset > 0 ? 1 : 0);
  const room = cut(line, offset).length - indent;
  return { offset, indent, length: Math.max(1, Math.min(end - column, room)) };
}

/** One column for each code unit, so that carets stay below what they mean. */
function cut(line: string, offset: number): string {
  const clean = line.replaceAll('\t', ' ').replace(UNSAFE, '.').slice(offset);
  const start = offset > 0 ? '<' : '';
  return clean.length <= MAX_WIDTH ? `${start}${clean.trimEnd()}` : `${start}${clean.slice(0, MAX_WIDTH)}>`;
}
