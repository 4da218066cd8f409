import type {
  NewestSnapshot,
  ResourceStatus,
  Severity,
  StatusFinding,
  StatusReport,
} from '../../domain/status.ts';
import { formatBytes } from '../../domain/size.ts';
import { counted } from '../quantity.ts';
import type { Paint, Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText, relativeText } from '../time.ts';

/** The health of a plan's backups, the worst below the table. */
export function statusLines(report: StatusReport, style: Style): readonly string[] {
  const { plan, resources, targets, findings } = report;
  const head = `${plan} · ${counted(resources.length, 'resource')}, ${counted(targets.length, 'target')}`;
  const rows = resources.map((resource) => resourceRow(resource, report.atMs, style));
  const remarks = findings.map((finding) => findingRow(finding, style));
  return [
    style.text(head),
    ...tableLines(rows).map((line) => `  ${line}`),
    ...(remarks.length === 0 ? [] : ['', ...tableLines(remarks)]),
    '',
    verdictLine(report, style),
  ];
}

function resourceRow(
  { resource, enabled, severity, newest, nextMs }: ResourceStatus,
  nowMs: number,
  style: Style,
): Cell[] {
  const word = enabled ? severity : 'disabled';
  const name: Cell = { text: style.text(resource), paint: style.strong };
  const state: Cell = { text: word, paint: enabled ? paintOf(severity, style) : style.faint };
  const next = nextMs === undefined || !enabled ? '' : `next ${relativeText(nextMs, nowMs)}`;
  if (newest === undefined)
    return [state, name, { text: 'never taken' }, { text: '' }, { text: '' }, { text: '' }, { text: next }];
  return [
    state,
    name,
    { text: ageText(newest, nowMs) },
    { text: newest.mode },
    { text: formatBytes(newest.bytes), right: true },
    { text: copiesText(newest) },
    { text: next, paint: style.faint },
  ];
}

/** What is archived is there, though it cannot be read at once. */
function copiesText({ copies }: NewestSnapshot): string {
  const archived = copies.filter(({ state }) => state === 'archived').length;
  const count = archived + copies.filter(({ state }) => state === 'present').length;
  return `${count === 1 ? '1 copy' : `${String(count)} copies`}${archived === 0 ? '' : `, ${String(archived)} archived`}`;
}

function ageText({ consistentAtMs, unchangedMs }: NewestSnapshot, nowMs: number): string {
  return unchangedMs === undefined
    ? relativeText(consistentAtMs, nowMs)
    : `unchanged since ${minuteText(consistentAtMs)}, seen ${relativeText(unchangedMs, nowMs)}`;
}

function findingRow({ severity, subject, message }: StatusFinding, style: Style): Cell[] {
  const symbol = severity === 'critical' ? style.symbols.failed : '!';
  const kind = subject.kind === 'resource' ? '' : `${subject.kind} `;
  return [
    { text: `${symbol} ${severity}`, paint: paintOf(severity, style) },
    { text: style.text(`${kind}${subject.name}`), paint: style.strong },
    { text: style.text(message) },
  ];
}

function verdictLine({ severity, findings }: StatusReport, style: Style): string {
  if (findings.length === 0) return `${style.good(style.symbols.succeeded)} everything as the plan asks`;
  const critical = findings.filter((finding) => finding.severity === 'critical').length;
  const warnings = findings.length - critical;
  const counts = [
    ...(critical === 0 ? [] : [`${String(critical)} critical`]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
  ];
  return paintOf(severity, style)(counts.join(', '));
}

function paintOf(severity: Severity, style: Style): Paint {
  return { ok: style.good, warning: style.caution, critical: style.bad }[severity];
}
