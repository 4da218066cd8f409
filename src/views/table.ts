import type { Paint } from './style.ts';

/** Safe text of one line, and how it is set. */
export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
  readonly right?: boolean;
}

/** Rows as lines with aligned columns, two blanks between them and none at the end. */
export function tableLines(rows: readonly (readonly Cell[])[]): readonly string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column])), 0),
  );
  return rows.map((row) => rowLine(row, widths));
}

/** Blanks stay outside the paint, and a line ends where its last text does. */
function rowLine(row: readonly Cell[], widths: readonly number[]): string {
  const last = row.findLastIndex(({ text }) => text !== '');
  const cells = row.slice(0, last + 1).map((cell, column) => {
    const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
    const painted = cell.paint === undefined ? cell.text : cell.paint(cell.text);
    if (cell.right === true) return blanks + painted;
    return column === last ? painted : painted + blanks;
  });
  return cells.join('  ');
}

function widthOf(cell: Cell | undefined): number {
  return cell === undefined ? 0 : [...cell.text].length;
}
