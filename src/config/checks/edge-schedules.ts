import { validateCron } from '../../schedule/cron.ts';
import { countTicks } from '../../schedule/ticks-by-day.ts';
import { entriesAt, keyPlaceAt, textOf, type Path } from '../source/tree.ts';
import { find, itemsOf, scheduleUses, type CheckContext, type Found, type ResourceView } from './context.ts';
import { cronOf, restorePointCrons } from './gaps.ts';

/** A leap year. */
const WINDOW_DAYS = 366;

/** Schedules of single targets: something must get every snapshot, and none can get more than there are. */
export function checkEdgeSchedules(context: CheckContext, resource: ResourceView, timezone: string): void {
  const targets = resource.effective('targets');
  if (targets?.tree.kind !== 'map') return;
  const names = entriesAt(targets.tree, []).map(([name]) => name);
  const scheduleOf = (name: string) => find(context.tree, [...targets.path, name, 'schedule']);
  for (const chosen of [{ names, path: targets.path }, ...choicesOfModes(resource)])
    if (chosen.names.length > 0 && chosen.names.every((name) => scheduleOf(name) !== undefined))
      reportNowhere(context, resource, chosen.path);
  for (const edge of names.flatMap((name) => scheduleOf(name) ?? []))
    checkFrequency(context, { resource, edge, timezone });
}

interface ChosenTargets {
  readonly names: readonly string[];
  readonly path: Path;
}

/** A schedule of one mode may name targets of its own. */
function choicesOfModes({ effective }: ResourceView): readonly ChosenTargets[] {
  const schedule = effective('schedule');
  if (schedule === undefined) return [];
  return scheduleUses(schedule).flatMap(({ tree, path }) => {
    const targets = find(tree, ['targets']);
    const names = targets && itemsOf(targets).flatMap((item) => textOf(item.tree) ?? []);
    return names === undefined ? [] : [{ names, path: [...path, 'targets'] }];
  });
}

function reportNowhere({ tree, report }: CheckContext, { name }: ResourceView, path: Path): void {
  const message = `no target gets every snapshot of "${name}"`;
  report.error('BP1325', message, keyPlaceAt(tree, path), {
    path,
    help: 'Leave `schedule` out for one of the targets; the others take from it what they need.',
  });
}

interface Timed {
  readonly resource: ResourceView;
  readonly edge: Found;
  readonly timezone: string;
}

function checkFrequency(context: CheckContext, { resource, edge, timezone }: Timed): void {
  const schedule = resource.effective('schedule');
  const cron = cronOf(context.tree, edge.tree);
  if (schedule === undefined || cron === undefined || validateCron(cron, timezone) !== undefined) return;
  const backups = restorePointCrons(context, resource, schedule, timezone);
  if (backups === undefined) return;
  const wanted = ticksPerYear([cron], timezone, context.nowMs);
  const made = ticksPerYear(backups, timezone, context.nowMs);
  if (wanted <= made) return;
  const { path, tree } = edge;
  const message = `schedule "${textOf(tree) ?? cron}" ticks ${String(wanted)} times a year, backups are made ${String(made)} times`;
  context.report.warning('BP2015', message, tree.place, {
    path,
    help: 'Leave it out where every snapshot should go there, or schedule the backups more often.',
  });
}

const known = new Map<string, number>();

/** Many resources share few schedules. */
function ticksPerYear(crons: readonly string[], timezone: string, nowMs: number): number {
  const key = JSON.stringify([crons, timezone, nowMs]);
  const count =
    known.get(key) ??
    countTicks(
      crons.map((cron) => ({ cron, timezone })),
      { fromMs: nowMs, days: WINDOW_DAYS },
    );
  known.set(key, count);
  return count;
}
