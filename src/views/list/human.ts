import type { ListedCopy, ListedSnapshot, ListReport } from '../../domain/list-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { heldLines } from '../held.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText, relativeText } from '../time.ts';

/**
 * The catalog as one table, so that a line can be searched for and stands for itself; by resource
 * where `columns` are too few for that.
 */
export function listLines(report: ListReport, style: Style, columns = Infinity): readonly string[] {
  const { snapshots, problems, held } = report;
  const unread = problems.map(
    ({ target, message }) => `${style.caution('!')} ${style.text(`target ${target}: ${message}`)}`,
  );
  const notes = [...unread, ...heldLines(held, style)];
  if (snapshots.length === 0) return [...notes, `no snapshots${hiddenText(report)}`];
  const header = ['RESOURCE', 'SNAPSHOT', 'TAKEN', 'AGE', 'MODE', 'SIZE', 'TARGETS', 'RETENTION', 'REMARKS'];
  const heads = header.map((text): Cell => ({ text, paint: style.faint, right: text === 'SIZE' }));
  const rows = snapshots.map((snapshot) => snapshotRow(snapshot, report.atMs, style));
  const table = withoutEmptyColumns([heads, ...rows]);
  const lines = widthOf(table) > columns ? groupedLines(report, style) : tableLines(table);
  return [...notes, ...lines, '', summaryLine(report)];
}

function widthOf(table: readonly (readonly Cell[])[]): number {
  const bare = table.map((row) => row.map(({ text }): Cell => ({ text })));
  return Math.max(...tableLines(bare).map((line) => [...line].length));
}

/** A heading for each resource, and two lines for each snapshot; the id tells when it was taken. */
function groupedLines({ snapshots, atMs }: ListReport, style: Style): readonly string[] {
  const rows = tableLines(snapshots.map((snapshot) => shortRow(snapshot, atMs, style)));
  return snapshots.flatMap((snapshot, index) => {
    const isFirst = snapshots[index - 1]?.resource !== snapshot.resource;
    const remarks = [retentionCell(snapshot, style), remarksCell(snapshot, style)];
    const second = remarks.filter(({ text }) => text !== '').map(({ text, paint }) => paint?.(text) ?? text);
    return [
      ...(isFirst ? [style.strong(style.text(snapshot.resource))] : []),
      `  ${rows[index] ?? ''}`,
      ...(second.length === 0 ? [] : [`    ${second.join('; ')}`]),
    ];
  });
}

function shortRow(snapshot: ListedSnapshot, nowMs: number, style: Style): Cell[] {
  const { id, mode, bytes, consistentAtMs } = snapshot;
  return [
    { text: style.text(id) },
    { text: mode },
    { text: formatBytes(bytes), right: true },
    { text: relativeText(consistentAtMs, nowMs), right: true },
    targetsCell(snapshot, style),
  ];
}

function snapshotRow(snapshot: ListedSnapshot, nowMs: number, style: Style): Cell[] {
  const { id, resource, mode, bytes, consistentAtMs } = snapshot;
  return [
    { text: style.text(resource), paint: style.strong },
    { text: style.text(id) },
    { text: minuteText(consistentAtMs) },
    { text: relativeText(consistentAtMs, nowMs) },
    { text: mode },
    { text: formatBytes(bytes), right: true },
    targetsCell(snapshot, style),
    retentionCell(snapshot, style),
    remarksCell(snapshot, style),
  ];
}

function targetsCell({ targets }: ListedSnapshot, style: Style): Cell {
  const text = targets.map(copyText).join(', ');
  const whole = targets.every(({ state }) => state === 'present');
  return { text: style.text(text), ...(whole ? {} : { paint: style.caution }) };
}

function copyText({ name, state, condemnedUntilMs }: ListedCopy): string {
  if (state === 'present') return name;
  const until = condemnedUntilMs === undefined ? '' : ` until ${minuteText(condemnedUntilMs)}`;
  return `${name} (${state}${until})`;
}

function retentionCell({ retention }: ListedSnapshot, style: Style): Cell {
  if (retention === undefined) return { text: '' };
  if (retention.released) return { text: 'released', paint: style.caution };
  const isChain = (reason: string) => reason.startsWith('chain of ');
  const own = retention.keptBy.filter((reason) => !isChain(reason));
  const chain = retention.keptBy.some(isChain) ? ['chain of another'] : [];
  const away = retention.releasedOn === undefined ? [] : [`released on ${retention.releasedOn.join(', ')}`];
  return { text: style.text([...own, ...chain, ...away].join(', ')), paint: style.faint };
}

function remarksCell(snapshot: ListedSnapshot, style: Style): Cell {
  const { good, defect, status, label, verified, pinned } = snapshot;
  const remarks = [
    ...(good ? [] : [`NOT GOOD: ${defect ?? 'damaged'}`]),
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(pinned === undefined ? [] : [pinText(pinned)]),
    ...(status === 'complete' ? [] : ['with warnings']),
    ...(verified === undefined ? [] : [`verified (${verified.level})`]),
  ];
  return { text: style.text(remarks.join('; ')), ...(good ? {} : { paint: style.bad }) };
}

function pinText({ untilMs }: { readonly untilMs?: number }): string {
  return untilMs === undefined ? 'pinned' : `pinned until ${minuteText(untilMs)}`;
}

function withoutEmptyColumns(rows: readonly (readonly Cell[])[]): Cell[][] {
  const [, ...body] = rows;
  return rows.map((row) =>
    row.filter((_, column) => body.some((other) => (other[column]?.text ?? '') !== '')),
  );
}

function summaryLine(report: ListReport): string {
  const { snapshots } = report;
  const resources = new Set(snapshots.map(({ plan, resource }) => `${plan}/${resource}`)).size;
  const bytes = snapshots.reduce((sum, one) => sum + one.bytes, 0);
  return `${counted(snapshots.length, 'snapshot')} of ${counted(resources, 'resource')}, ${formatBytes(bytes)}${hiddenText(report)}`;
}

function hiddenText({ hidden }: ListReport): string {
  return hidden === 0 ? '' : `; ${String(hidden)} not good, shown by --all`;
}
