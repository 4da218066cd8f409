import type { PlanReport, ReleasedSnapshot } from '../../domain/plan-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { heldLines } from '../held.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText, relativeText } from '../time.ts';

const SHOWN_RELEASED = 10;

/** What a prune would mark, delete, leave waiting and leave alone. */
export function pruneLines(report: PlanReport, style: Style): readonly string[] {
  const { released, separate, held, condemned } = report;
  const names = new Set([
    ...released.flatMap(({ targets }) => targets),
    ...condemned.map(({ target }) => target),
  ]);
  const apart = separate.filter((target) => names.has(target));
  return [
    ...releasedLines(report, style),
    ...condemnedLines(report, style),
    ...(apart.length === 0 ? [] : [style.text(`On ${apart.join(', ')} only \`backup-plan prune\` deletes.`)]),
    ...heldLines(held, style),
  ];
}

function releasedLines({ released, atMs }: PlanReport, style: Style): readonly string[] {
  if (released.length === 0) return [];
  const bytes = released.reduce((sum, one) => sum + one.bytes * one.targets.length, 0);
  const head = `To prune: ${counted(released.length, 'snapshot')} released by retention, ${formatBytes(bytes)}`;
  const rows = released.slice(0, SHOWN_RELEASED).map((one) => releasedRow(one, atMs, style));
  const hidden = released.length - rows.length;
  const more = hidden > 0 ? [style.text(`  … and ${String(hidden)} more`)] : [];
  return [head, ...tableLines(rows).map((line) => `  ${line}`), ...more];
}

function releasedRow(
  { id, resource, mode, consistentAtMs, targets, graceUntilMs }: ReleasedSnapshot,
  atMs: number,
  style: Style,
): Cell[] {
  const grace = graceUntilMs === undefined ? '' : `marked, deleted after ${minuteText(graceUntilMs)}`;
  return [
    { text: style.text(resource), paint: style.strong },
    { text: style.text(id) },
    { text: mode },
    { text: relativeText(consistentAtMs, atMs), right: true },
    { text: style.text(targets.join(', ')) },
    { text: grace, paint: style.faint },
  ];
}

function condemnedLines({ condemned }: PlanReport, style: Style): readonly string[] {
  if (condemned.length === 0) return [];
  const total = condemned.reduce((sum, { snapshots }) => sum + snapshots, 0);
  const rows = condemned
    .slice(0, SHOWN_RELEASED)
    .map(({ resource, root, snapshots, target, untilMs }): Cell[] => [
      { text: style.text(resource), paint: style.strong },
      { text: style.text(root) },
      { text: counted(snapshots, 'snapshot'), right: true },
      { text: style.text(target) },
      { text: `condemned until ${minuteText(untilMs)}`, paint: style.faint },
    ]);
  const hidden = condemned.length - rows.length;
  const more = hidden > 0 ? [style.text(`  … and ${counted(hidden, 'chain')} more`)] : [];
  return [
    `Marked before: ${counted(total, 'snapshot')}; \`backup-plan undelete\` takes them back`,
    ...tableLines(rows).map((line) => `  ${line}`),
    ...more,
  ];
}
