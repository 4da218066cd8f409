import type { CopySummary } from '../../domain/run-report.ts';
import type { CopyTask } from '../../domain/run-graph.ts';
import { formatBytes } from '../../domain/size.ts';
import { failureLines } from '../failure/human.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';

/** Copies that an apply would make, by resource and target. */
export function missingCopyLines(missing: readonly CopyTask[], style: Style): readonly string[] {
  if (missing.length === 0) return [];
  const rows = byPlace(missing).map((copies): Cell[] => {
    const [first] = copies;
    return [
      { text: style.text(first.resource), paint: style.strong },
      { text: style.text(`${String(copies.length)} on ${first.target}`) },
      {
        text: style.text(
          `from ${[...new Set(copies.flatMap(({ sources }) => sources[0] ?? []))].join(', ')}`,
        ),
      },
      { text: formatBytes(bytesOf(copies)) },
    ];
  });
  const head = `Copies missing: ${String(missing.length)}, ${formatBytes(bytesOf(missing))}`;
  return [head, ...tableLines(rows).map((line) => `  ${line}`)];
}

/** What became of them, by resource and target; of several failures the first. */
export function copiedLines(copies: readonly CopySummary[], style: Style): readonly string[] {
  const places = byPlace(copies);
  const rows = tableLines(places.map((own) => copiedRow(own, style)));
  return places.flatMap((own, index) => {
    const isDone = own.every(({ state }) => state === 'copied');
    const mark = isDone ? style.good(style.symbols.succeeded) : style.bad(style.symbols.failed);
    const why = own.find(({ failure }) => failure !== undefined)?.failure;
    const lines = why === undefined ? [] : failureLines(why, style).map((line) => `    ${line}`);
    return [`  ${mark} ${rows[index] ?? ''}`, ...lines];
  });
}

function copiedRow(copies: readonly [CopySummary, ...CopySummary[]], style: Style): Cell[] {
  const [{ resource, target }] = copies;
  const made = copies.filter(({ state }) => state === 'copied');
  const part = made.length === copies.length ? '' : `${String(made.length)} of `;
  const what = counted(copies.length, 'missing copy', 'missing copies');
  return [
    { text: style.text(resource), paint: style.strong },
    { text: style.text(`${part}${what} made on ${target}, ${formatBytes(bytesOf(made))}`) },
  ];
}

function byPlace<T extends { readonly resource: string; readonly target: string }>(
  copies: readonly T[],
): (readonly [T, ...T[]])[] {
  const places = new Map<string, [T, ...T[]]>();
  for (const copy of copies) {
    const place = `${copy.resource} ${copy.target}`;
    const known = places.get(place);
    if (known === undefined) places.set(place, [copy]);
    else known.push(copy);
  }
  return [...places.values()];
}

function bytesOf(copies: readonly { readonly bytes: number }[]): number {
  return copies.reduce((sum, { bytes }) => sum + bytes, 0);
}
