import { readFileSync, writeFileSync } from 'node:fs';

/** One line of the results table. */
export interface Row {
  readonly measured: string;
  readonly value: string;
  readonly limit: string;
  readonly holds: boolean;
}

/** `ours / theirs` for a limit of the form "at most so many times". */
export function atMost(limit: number, [ours, theirs]: readonly [number, number], measured: string): Row {
  const ratio = ours / theirs;
  return {
    measured,
    value: `${ratio.toFixed(2)} × (${ours.toFixed(2)} s, ${theirs.toFixed(2)} s)`,
    limit: `≤ ${limit} ×`,
    holds: ratio <= limit,
  };
}

/** `theirs / ours` for a limit of the form "at least so many times faster". */
export function fasterBy(limit: number, [ours, theirs]: readonly [number, number], measured: string): Row {
  const ratio = theirs / ours;
  return {
    measured,
    value: `${ratio.toFixed(2)} × (${ours.toFixed(2)} s, ${theirs.toFixed(2)} s)`,
    limit: `≥ ${limit} ×`,
    holds: ratio >= limit,
  };
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ measured, value, limit, holds }) =>
      `| ${measured} | ${value} | ${limit} | ${holds ? 'yes' : '**no**'} |`,
  );
  return ['| measured | result (ours, theirs) | limit | holds |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}

const BEGIN = '<!-- results -->';
const END = '<!-- end of results -->';

export function writeTable(file: string, caption: string, rows: readonly Row[]): void {
  const text = readFileSync(file, 'utf8');
  const head = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const tail = text.slice(text.indexOf(END));
  writeFileSync(file, `${head}\n\n${caption}\n\n${table(rows)}\n\n${tail}`);
}
