import { isRestorePoint } from '../../domain/mode.ts';
import { parseDuration } from '../../domain/quantity.ts';
import { validateCron } from '../../schedule/cron.ts';
import { largestGap, type Gap } from '../../schedule/largest-gap.ts';
import { isCron } from '../normalise/schedule.ts';
import { textOf, type Tree } from '../source/tree.ts';
import { find, scheduleUses, tickOf, type CheckContext, type Found, type ResourceView } from './context.ts';

/** A year has every clock change. */
const WINDOW_DAYS = 366;

/** Compares the longest wait between two restore points with what the resource promises. */
export function checkGaps(context: CheckContext, resource: ResourceView, timezone: string): void {
  const schedule = resource.effective('schedule');
  const rpo = durationAt(context, [...resource.path, 'objectives', 'rpo']);
  const maxAge = durationAt(context, [...resource.path, 'monitor', 'maxAge']);
  if (schedule === undefined || (rpo === undefined && maxAge === undefined)) return;
  const crons = restorePointCrons(context, resource, schedule, timezone);
  const gap = crons === undefined ? undefined : longestGap(crons, timezone, context.nowMs);
  if (crons === undefined || gap === undefined) return;
  if (rpo !== undefined && gap.gapMs > rpo.ms) reportRpo(context, { crons, gap, rpo, schedule, timezone });
  if (maxAge !== undefined && gap.gapMs > maxAge.ms) {
    const help = 'Allow the longest gap and the time that a run takes, or schedule it more often.';
    context.report.warning(
      'BP2003',
      `maxAge ${maxAge.text} is shorter than the longest gap of the schedule, ${hours(gap.gapMs)}`,
      maxAge.tree.place,
      {
        path: maxAge.path,
        help,
      },
    );
  }
}

interface Promised extends Found {
  readonly ms: number;
  readonly text: string;
}

function durationAt({ tree }: CheckContext, path: Found['path']): Promised | undefined {
  const found = find(tree, path);
  const text = textOf(found?.tree);
  const ms = text === undefined ? undefined : parseDuration(text);
  return found === undefined || text === undefined || ms === undefined ? undefined : { ...found, text, ms };
}

/** Cron expressions of the modes that make restore points; undefined where one is not valid. */
export function restorePointCrons(
  { tree }: CheckContext,
  { type }: ResourceView,
  schedule: Found,
  timezone: string,
): readonly string[] | undefined {
  const crons: string[] = [];
  for (const { mode = type?.modes[0] ?? 'full', tree: use } of scheduleUses(schedule)) {
    if (!isRestorePoint(mode)) continue;
    const cron = cronOf(tree, use);
    if (cron === undefined || validateCron(cron, timezone) !== undefined) return undefined;
    crons.push(cron);
  }
  return crons.length === 0 ? undefined : crons;
}

/** What a use of a schedule ticks by, be it a name, an expression or a schedule written there. */
export function cronOf(tree: Tree, use: Tree): string | undefined {
  if (use.kind === 'map') return textOf(tickOf(use, [])?.tree);
  const text = textOf(use) ?? '';
  return isCron(text) ? text : textOf(tickOf(tree, ['schedules', text])?.tree);
}

const known = new Map<string, Gap | undefined>();

/** Many resources share few schedules. */
function longestGap(crons: readonly string[], timezone: string, nowMs: number): Gap | undefined {
  const key = JSON.stringify([crons, timezone, nowMs]);
  if (!known.has(key)) {
    const sources = crons.map((cron) => ({ cron, timezone }));
    known.set(key, largestGap(sources, { fromMs: nowMs, days: WINDOW_DAYS }));
  }
  return known.get(key);
}

interface Missed {
  readonly crons: readonly string[];
  readonly gap: Gap;
  readonly rpo: Promised;
  readonly schedule: Found;
  readonly timezone: string;
}

function reportRpo(context: CheckContext, { crons, gap, rpo, schedule, timezone }: Missed): void {
  const suggestion = CANDIDATES.find(
    (cron) => (longestGap([cron], timezone, context.nowMs)?.gapMs ?? Infinity) <= rpo.ms,
  );
  const best = suggestion === undefined ? undefined : longestGap([suggestion], timezone, context.nowMs);
  const names = crons.map((cron) => `"${cron}"`).join(' and ');
  const subject =
    crons.length === 1 ? `schedule ${names} (${timezone}) leaves` : `schedules ${names} (${timezone}) leave`;
  const message = `${subject} gaps of up to ${hours(gap.gapMs)}, rpo is ${rpo.text}`;
  context.report.warning('BP2001', message, schedule.tree.place, {
    path: [...rpo.path.slice(0, 2), 'schedule'],
    ...(gap.clockChange
      ? { label: `${hours(gap.gapMs)} on ${dayOf(gap.fromMs, timezone)} (clock change)` }
      : {}),
    ...(best === undefined || suggestion === undefined
      ? {}
      : { help: `"${suggestion}" gives at most ${hours(best.gapMs)}.` }),
  });
}

/** `2026-10-25`, as the calendar of the zone says. */
function dayOf(instantMs: number, timezone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(instantMs);
}

/** Least work first. */
const CANDIDATES = [
  '0 2 * * *',
  '0 */12 * * *',
  '0 */8 * * *',
  '0 */6 * * *',
  '0 */4 * * *',
  '0 */2 * * *',
  '0 * * * *',
  '*/30 * * * *',
  '*/15 * * * *',
  '*/5 * * * *',
];

/** `25h 18m`, `3d`, `45m`. */
function hours(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  const parts: readonly [number, string][] =
    minutes > 72 * 60
      ? [
          [Math.floor(minutes / 1440), 'd'],
          [Math.floor((minutes % 1440) / 60), 'h'],
        ]
      : [
          [Math.floor(minutes / 60), 'h'],
          [minutes % 60, 'm'],
        ];
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ');
}
