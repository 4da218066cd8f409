import { LineCounter } from 'yaml';
import type { SourceRange } from '../../domain/diagnostic.ts';

/** One file of a plan. */
export interface Source {
  /** Path as the user would type it. */
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

/** A stretch of a file, in UTF-16 code units. */
export interface Place {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export function createSource(file: string, text: string): Source {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return { file, text, lines };
}

export function rangeOf({ source, start, end }: Place): SourceRange {
  const from = source.lines.linePos(start);
  const to = source.lines.linePos(Math.max(start, end));
  return { file: source.file, line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
}
