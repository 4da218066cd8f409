import type { DueBackup, IdleResource } from '../../domain/due.ts';
import type { PrunePlan } from '../../domain/prune-plan.ts';
import { isProtected, type ResourceSummary, type RunReport } from '../../domain/run-report.ts';
import { copiedLines, missingCopyLines } from '../copies/human.ts';
import { destinationText } from '../due/human.ts';
import { failureLines } from '../failure/human.ts';
import { prunedText, targetLines } from '../prune/human.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';

/** How a run ended, for a person. A run with nothing to do is one line. */
export function convergeLines(report: RunReport, style: Style): readonly string[] {
  return [
    ...report.notes.map((note) => `${style.caution('note:')} ${style.text(note)}`),
    ...bodyLines(report, style),
  ];
}

function bodyLines(report: RunReport, style: Style): readonly string[] {
  switch (report.state) {
    case 'nothing-due':
      return [style.text(nothingDue(report))];
    case 'locked':
      return [style.text(`${report.plan} · skipped, ${report.heldBy ?? 'held by another run'}`)];
    case 'dry-run':
      return dryRunLines(report, style);
    case 'ran':
      return ranLines(report, style);
  }
}

function nothingDue({ plan, appliedSerial, snapshotsRead, idle }: RunReport): string {
  const applied = appliedSerial === undefined ? '' : ` · applied #${String(appliedSerial)}`;
  const snapshots = counted(snapshotsRead, 'snapshot');
  const troubled = idle.filter((one) => one.reason === 'backing-off').map((one) => one.resource);
  const schedule =
    troubled.length === 0
      ? 'every resource within its schedule'
      : `waiting after failures: ${troubled.join(', ')} (\`backup-plan backup ${troubled.join(' ')}\` does not wait)`;
  return `${plan}${applied} · nothing to do: ${snapshots}, ${schedule}${missingText(idle)}.`;
}

/** A copy that is not there and cannot be copied there is made up for by the next backup only. */
function missingText(idle: readonly IdleResource[]): string {
  const missing = idle.flatMap(({ resource, missing: targets }) =>
    targets === undefined ? [] : [`${resource} on ${targets.join(', ')}`],
  );
  return missing.length === 0 ? '' : `; no whole copy of the newest of ${missing.join('; ')}`;
}

function dryRunLines(
  { plan, due, idle, missing, steps, pruned }: RunReport,
  style: Style,
): readonly string[] {
  const pruning = pruned === undefined ? [] : releaseLines(pruned.planned, style);
  const later = [...missingCopyLines(missing, style), ...pruning];
  if (due.length === 0) return [style.text(`${plan} · dry run: nothing is due.`), ...later];
  return [
    style.text(
      `${plan} · dry run: ${counted(due.length, 'backup')} due, ${counted(steps, 'step')}; nothing was done.`,
    ),
    ...due.map((one) => `  ${style.strong(style.text(one.resource))}  ${style.text(dueText(one))}`),
    ...idle.filter((one) => one.reason === 'elsewhere').map((one) => idleText(one, style)),
    ...later,
  ];
}

/** What retention would do if nothing were backed up first; a new snapshot may release more. */
function releaseLines(planned: PrunePlan, style: Style): readonly string[] {
  const lines = planned.targets.flatMap((target) => targetLines(target, style));
  return lines.length === 0 ? [] : ['To prune:', ...lines.map((line) => `  ${line}`)];
}

function dueText({ mode, reason, fallback, ...where }: DueBackup): string {
  const why = {
    'never-taken': 'never taken',
    'tick-passed': 'due',
    asked: 'asked for',
    'with-group': 'with its group',
  };
  const instead = fallback === undefined ? '' : ` (${fallback})`;
  return `${mode}${instead}, ${why[reason]}, to ${destinationText(where)}`;
}

function idleText({ resource, detail }: IdleResource, style: Style): string {
  return `  ${style.faint(style.text(`${resource}  elsewhere${detail === undefined ? '' : `: ${detail}`}`))}`;
}

function ranLines(
  { plan, resources, copies, outcome, serial, appliedSerial, pruned }: RunReport,
  style: Style,
): readonly string[] {
  const applied = serial === undefined ? '' : ` · applied #${String(serial)}`;
  const took = outcome === undefined ? '' : ` in ${humanDuration(outcome.durationMs)}`;
  const interrupted = outcome?.interrupted === undefined ? '' : `; interrupted by ${outcome.interrupted}`;
  const counts = resources.length === 0 && copies.length > 0 ? copiesText(copies) : countsText(resources);
  const head = `${plan}${applied} · ${counts}${took}${interrupted}`;
  const isQuiet = resources.length + copies.length === 0;
  const committed = isQuiet && serial !== appliedSerial ? `${plan}${applied} · nothing due` : head;
  return [
    style.text(committed),
    ...resourcesLines(resources, style),
    ...copiedLines(copies, style),
    ...prunedLines(pruned, style),
  ];
}

function countsText(resources: readonly ResourceSummary[]): string {
  const unchanged = resources.filter((one) => one.state === 'unchanged').length;
  const good = resources.filter((one) => one.state === 'succeeded').length;
  const complete = `${String(good)} of ${counted(resources.length - unchanged, 'backup')} complete`;
  if (unchanged === 0) return complete;
  return unchanged === resources.length
    ? `${String(unchanged)} unchanged`
    : `${complete}, ${String(unchanged)} unchanged`;
}

function copiesText(copies: RunReport['copies']): string {
  const made = copies.filter(({ state }) => state === 'copied').length;
  return `${String(made)} of ${counted(copies.length, 'missing copy', 'missing copies')} made`;
}

function prunedLines(pruned: RunReport['pruned'], style: Style): readonly string[] {
  if (pruned === undefined || pruned.outcomes.length === 0) return [];
  return [`  ${style.text(prunedText(pruned.outcomes))}`];
}

function resourcesLines(resources: readonly ResourceSummary[], style: Style): readonly string[] {
  const rows = tableLines(resources.map((one) => resourceRow(one, style)));
  return resources.flatMap(({ state, failure }, index) => {
    const paint = paintOf(state, style);
    const mark = paint(isProtected({ state }) ? style.symbols.succeeded : style.symbols.failed);
    const why = failure === undefined ? [] : failureLines(failure, style).map((line) => `    ${line}`);
    return [`  ${mark} ${rows[index] ?? ''}`, ...why];
  });
}

function paintOf(state: ResourceSummary['state'], style: Style): (text: string) => string {
  return {
    succeeded: style.good,
    unchanged: style.good,
    partial: style.caution,
    failed: style.bad,
    skipped: style.bad,
  }[state];
}

function resourceRow(one: ResourceSummary, style: Style): Cell[] {
  const name = { text: style.text(one.resource), paint: style.strong };
  const { snapshotId, mode, targets, missing, state } = one;
  if (state === 'unchanged') return [name, { text: style.text(`unchanged since ${snapshotId}`) }];
  if (targets.length === 0) return [name, { text: state }];
  const lacks = missing.length === 0 ? '' : `, not on ${missing.join(', ')}`;
  return [name, { text: snapshotId }, { text: mode }, { text: style.text(`${targets.join(', ')}${lacks}`) }];
}
