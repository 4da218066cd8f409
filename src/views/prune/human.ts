import type { PruneChain, TargetPrune } from '../../domain/prune-plan.ts';
import type { PruneOutcome, PruneReport } from '../../domain/prune-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { failureLines } from '../failure/human.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText } from '../time.ts';

/** How a prune went, or what it would do. */
export function pruneLines(report: PruneReport, style: Style): readonly string[] {
  return [
    ...report.notes.map((note) => `${style.caution('note:')} ${style.text(note)}`),
    ...(report.dryRun ? dryRunLines(report, style) : ranLines(report, style)),
    ...report.planned.targets.flatMap((target) => refusalLines(target, style)),
  ];
}

function dryRunLines({ plan, planned, atMs }: PruneReport, style: Style): readonly string[] {
  const lines = planned.targets.flatMap((target) => targetLines(target, style));
  const isHeld = planned.targets.some(({ refusals }) => refusals.length > 0);
  const nothing = isHeld ? 'all that is released is held back' : 'nothing to prune';
  const head = lines.length === 0 ? `${plan} · dry run: ${nothing}.` : `${plan} · dry run, nothing was done`;
  return [`${style.text(head)}${lines.length === 0 ? '' : style.faint(` (${minuteText(atMs)})`)}`, ...lines];
}

/** What a prune plan does on one target, chain by chain. */
export function targetLines(planned: TargetPrune, style: Style): readonly string[] {
  const chains = [
    ...planned.sweep.map((chain) => chainRow('delete', chain, style)),
    ...planned.condemn.map((chain) => chainRow('mark', chain, style)),
    ...planned.waiting.map((chain) => chainRow('wait', chain, style)),
    ...planned.reprieve.map((chain) => chainRow('keep', chain, style)),
  ];
  const { leftovers } = planned;
  const bytes = leftovers.reduce((total, one) => total + one.bytes, 0);
  const collected =
    leftovers.length === 0
      ? []
      : [`  collect ${counted(leftovers.length, 'object')} left by killed runs, ${formatBytes(bytes)}`];
  if (chains.length + collected.length === 0) return [];
  return [
    style.strong(style.text(planned.target)),
    ...tableLines(chains).map((line) => `  ${line}`),
    ...collected,
  ];
}

type Verb = 'delete' | 'mark' | 'wait' | 'keep';

function chainRow(verb: Verb, chain: PruneChain, style: Style): Cell[] {
  const { resource, root, members, sweepAtMs } = chain;
  const bytes = members.reduce((total, one) => total + one.bytes, 0);
  const when = {
    delete: '',
    mark: `deleted after ${minuteText(sweepAtMs)}`,
    wait: `marked, deleted after ${minuteText(sweepAtMs)}`,
    keep: 'was marked, stays',
  };
  const paint = { delete: style.bad, mark: style.caution, wait: style.faint, keep: style.good }[verb];
  return [
    { text: verb, paint },
    { text: style.text(resource), paint: style.strong },
    { text: root },
    { text: counted(members.length, 'snapshot'), right: true },
    { text: formatBytes(bytes), right: true },
    { text: when[verb], paint: style.faint },
  ];
}

function ranLines({ plan, planned, outcomes }: PruneReport, style: Style): readonly string[] {
  const failures = outcomes.flatMap((one) =>
    one.failure === undefined
      ? []
      : [
          `${style.bad(style.symbols.failed)} ${place(one, style)}`,
          ...failureLines(one.failure, style).map((line) => `    ${line}`),
        ],
  );
  const kept = outcomes
    .filter(({ state }) => state === 'kept' || state === 'deferred')
    .map((one) => `${style.caution(one.state)} ${place(one, style)}: ${style.text(one.reason ?? '')}`);
  const waiting = planned.targets.flatMap((target) => target.waiting);
  return [
    style.text(`${plan} · ${prunedText(outcomes)}.`),
    ...(waiting.length === 0 ? [] : [style.faint(waitingText(waiting))]),
    ...kept,
    ...failures,
  ];
}

function waitingText(chains: readonly PruneChain[]): string {
  const snapshots = new Set(chains.flatMap(({ members }) => members.map(({ snapshotId }) => snapshotId)));
  const first = Math.min(...chains.map(({ sweepAtMs }) => sweepAtMs));
  return `${counted(snapshots.size, 'marked snapshot')} waiting, the first until ${minuteText(first)} (\`undelete\` takes one back)`;
}

function place({ resource, root, target }: PruneOutcome, style: Style): string {
  const what = resource === undefined ? 'leftovers' : `${resource}${root === undefined ? '' : `@${root}`}`;
  return style.text(`${what} on ${target}`);
}

/** `deleted 4 snapshots (1.2 GiB), marked 2, collected 3 objects (5 MiB)`; `nothing to prune`. */
export function prunedText(outcomes: readonly PruneOutcome[]): string {
  const parts = [
    part(
      outcomes,
      'swept',
      (count, bytes) => `deleted ${counted(count, 'snapshot')} (${formatBytes(bytes)})`,
    ),
    part(outcomes, 'condemned', (count) => `marked ${counted(count, 'snapshot')} for deletion`),
    part(outcomes, 'reprieved', (count) => `kept ${counted(count, 'snapshot')} that were marked`),
    part(
      outcomes,
      'collected',
      (count, bytes) => `collected ${counted(count, 'object')} (${formatBytes(bytes)})`,
    ),
    part(outcomes, 'kept', (count) => `left ${counted(count, 'snapshot')} alone`),
    part(outcomes, 'deferred', (count) => `put off ${counted(count, 'snapshot')}`),
    failedText(outcomes.filter(({ state }) => state === 'failed')),
  ].filter((text) => text !== '');
  return parts.length === 0 ? 'nothing to prune' : parts.join(', ');
}

/** The collection of leftovers fails as one step. */
function failedText(failed: readonly PruneOutcome[]): string {
  return failed.length === 0 ? '' : counted(failed.length, 'failure');
}

function part(
  outcomes: readonly PruneOutcome[],
  state: PruneOutcome['state'],
  words: (count: number, bytes: number) => string,
): string {
  const own = outcomes.filter((one) => one.state === state);
  const count = own.reduce((total, one) => total + (one.objects ?? one.snapshots), 0);
  const bytes = own.reduce((total, one) => total + one.bytes, 0);
  return own.length === 0 ? '' : words(count, bytes);
}

/** Why nothing of a target or of a resource is pruned. */
export function refusalLines({ target, refusals }: TargetPrune, style: Style): readonly string[] {
  return refusals.flatMap(({ resource, failure, held }) => {
    const what = resource === undefined ? target : `${resource} on ${target}`;
    const count = held === 0 ? '' : ` (${counted(held, 'snapshot')} held)`;
    const [first = '', ...rest] = failureLines(failure, style);
    return [
      `${style.caution('refused')} ${style.text(what)}${count}: ${first}`,
      ...rest.map((line) => `  ${line}`),
    ];
  });
}
