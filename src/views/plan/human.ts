import type { DueBackup, IdleResource } from '../../domain/due.ts';
import type { PlanReport } from '../../domain/plan-report.ts';
import type { CatalogProblem } from '../../domain/snapshot.ts';
import { formatBytes } from '../../domain/size.ts';
import { missingCopyLines } from '../copies/human.ts';
import { destinationText } from '../due/human.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText, relativeText } from '../time.ts';
import { pruneLines } from './prune.ts';

/** What `apply` would do now, for a person. Nothing to do is one line. */
export function planLines(report: PlanReport, style: Style): readonly string[] {
  const notes = report.problems.map((problem) => problemLine(report, problem, style));
  const waiting = report.idle.filter(({ reason }) => reason in WAITING);
  if (isQuiet(report) && waiting.length === 0) {
    return [...notes, ...lackingLines(report, style), style.text(quietLine(report))];
  }
  return [
    style.text(headLine(report)),
    ...notes,
    ...section(changeLines(report, style)),
    ...section(dueLines(report, style)),
    ...section(waitingLines(waiting, report.atMs, style)),
    ...section(missingCopyLines(report.missing, style)),
    ...section(lackingLines(report, style)),
    ...section(policyLines(report, style)),
    ...section(pruneLines(report, style)),
    ...section(closingLines(report, style)),
  ];
}

/** Before the first apply a place that cannot be read is most often one that does not exist yet. */
function problemLine({ base, targets, unread }: PlanReport, problem: CatalogProblem, style: Style): string {
  const { target, message } = problem;
  const isFirst = base === undefined && unread.length === targets.length;
  if (!isFirst) return `${style.caution('!')} ${style.text(`target ${target}: ${message}`)}`;
  return `${style.good('+')} ${style.text(`target ${target} is new to this plan: ${message}`)}`;
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function isQuiet({ changed, due, missing, released, held, condemned, policies }: PlanReport): boolean {
  return !changed && [due, missing, released, held, condemned, policies].every(({ length }) => length === 0);
}

function quietLine({ plan, base, snapshots, unread }: PlanReport): string {
  const applied = base === undefined ? '' : ` · applied #${String(base.serial)}`;
  const certain = unread.length === 0 ? '' : `, as far as ${unread.join(', ')} can be left out`;
  return `${plan}${applied} · nothing to do: ${counted(snapshots, 'snapshot')}, every resource within its schedule${certain}.`;
}

function headLine({ plan, base, targets, unread, snapshots }: PlanReport): string {
  const commit = base?.gitCommit === undefined ? '' : `@${base.gitCommit.slice(0, 7)}`;
  const applied =
    base === undefined
      ? 'never applied'
      : `applied #${String(base.serial)} (${minuteText(Date.parse(base.at))} by ${base.holder.replace(/ pid .*$/, '')}${commit})`;
  const read = `${counted(targets.length - unread.length, 'target')} read`;
  return `${plan} · ${applied} · ${read}, ${counted(snapshots, 'snapshot')}`;
}

function changeLines({ base, changed }: PlanReport, style: Style): readonly string[] {
  if (!changed) return [];
  const what =
    base === undefined
      ? 'The plan has not been applied yet'
      : 'The plan file differs from the plan last applied';
  return [`${style.caution('~')} ${what}; apply commits it.`];
}

function dueLines({ due, steps, estimatedBytes }: PlanReport, style: Style): readonly string[] {
  if (due.length === 0) return ['Due now: nothing'];
  const targets = new Set(due.flatMap((one) => one.targets)).size;
  const size = estimatedBytes === undefined ? '' : `, about ${formatBytes(estimatedBytes)}`;
  const head = `Due now: ${counted(due.length, 'backup')} → ${counted(steps, 'step')}${size}, ${counted(targets, 'target')}`;
  return [style.text(head), ...tableLines(due.map((one) => dueRow(one, style))).map((line) => `  ${line}`)];
}

function dueRow({ resource, mode, fallback, ...rest }: DueBackup, style: Style): Cell[] {
  const compared = rest.unlessEqualTo === undefined ? '' : 'only if it has changed';
  const instead = fallback === undefined ? compared : style.text(`instead: ${fallback}`);
  return [
    { text: style.text(resource), paint: style.strong },
    { text: mode },
    { text: reasonText(rest), ...(rest.overdueMs === undefined ? {} : { paint: style.caution }) },
    { text: style.text(`→ ${destinationText(rest)}`) },
    { text: instead, paint: style.faint },
  ];
}

function reasonText({
  reason,
  overdueMs,
  groupId,
}: Pick<DueBackup, 'reason' | 'overdueMs' | 'groupId'>): string {
  switch (reason) {
    case 'never-taken':
      return 'never taken';
    case 'tick-passed':
      return overdueMs === undefined || overdueMs < 60_000 ? 'due' : `${humanDuration(overdueMs)} overdue`;
    case 'asked':
      return 'asked for';
    case 'with-group':
      return groupId === undefined ? 'with its group' : `with group ${groupId.replace(/-[^-]*$/, '')}`;
  }
}

const WAITING: Readonly<Partial<Record<IdleResource['reason'], string>>> = {
  'backing-off': 'failed, tried again',
  'missed-skipped': 'missed its time, taken',
};

function waitingLines(waiting: readonly IdleResource[], nowMs: number, style: Style): readonly string[] {
  if (waiting.length === 0) return [];
  const rows = waiting.map(({ resource, reason, nextMs }): Cell[] => [
    { text: style.text(resource), paint: style.strong },
    { text: `${WAITING[reason] ?? reason} ${nextMs === undefined ? 'never' : relativeText(nextMs, nowMs)}` },
  ]);
  return ['Waiting:', ...tableLines(rows).map((line) => `  ${line}`)];
}

/** Where the newest restore point is not, and no copy of it can be made. */
function lackingLines({ idle, missing: copies }: PlanReport, style: Style): readonly string[] {
  const isMade = new Set(copies.map(({ resource, target }) => `${resource} ${target}`));
  return idle.flatMap(({ resource, missing = [] }) => {
    const lacking = missing.filter((target) => !isMade.has(`${resource} ${target}`));
    if (lacking.length === 0) return [];
    const text = `the newest restore point of ${resource} is not whole on ${lacking.join(', ')}`;
    return [`${style.caution('!')} ${style.text(text)}`];
  });
}

function policyLines({ policies }: PlanReport, style: Style): readonly string[] {
  if (policies.length === 0) return [];
  const rows = policies.map(({ subject, severity, message }): Cell[] => [
    { text: style.text(subject.name), paint: style.strong },
    { text: style.text(message), paint: severity === 'critical' ? style.bad : style.caution },
  ]);
  return ['Policies not met:', ...tableLines(rows).map((line) => `  ${line}`)];
}

function closingLines(report: PlanReport, style: Style): readonly string[] {
  const { changed, due, missing, released, digest, idle } = report;
  const elsewhere = idle.filter(({ reason }) => reason === 'elsewhere').length;
  const away = elsewhere === 0 ? '' : ` ${String(elsewhere)} on other hosts.`;
  const state = changed ? 'changed' : 'unchanged';
  const dueText = `${counted(due.length, 'backup')} due`;
  const copies = missing.length === 0 ? '' : ` ${counted(missing.length, 'copy', 'copies')} to make.`;
  return [
    `Plan: ${state}. ${dueText}.${copies} ${String(released.length)} to prune.${away}`,
    style.faint(`digest ${digest}`),
  ];
}
