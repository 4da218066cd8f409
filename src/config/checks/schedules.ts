import { MODES, needsParent } from '../../domain/mode.ts';
import { validateCron } from '../../schedule/cron.ts';
import { validateTimeZone } from '../../schedule/zone.ts';
import { isCron } from '../normalise/schedule.ts';
import { at, entriesAt, keyPlaceAt, textOf, type Tree } from '../source/tree.ts';
import {
  find,
  holders,
  onEdges,
  scheduleUses,
  tickOf,
  type CheckContext,
  type Found,
  type ResourceView,
} from './context.ts';
import { checkEdgeSchedules } from './edge-schedules.ts';
import { checkGaps } from './gaps.ts';

const DEFAULT_TIMEZONE = 'UTC';

/** Time zone, cron expressions, modes, and whether the schedules can meet the objectives. */
export function checkSchedules(context: CheckContext): void {
  const { tree } = context;
  const timezone = checkTimeZone(context);
  const valid = (found: Found | undefined): boolean =>
    found !== undefined && checkCron(context, found, timezone);
  for (const [name] of entriesAt(tree, ['schedules'])) valid(tickOf(tree, ['schedules', name]));
  for (const path of holders(context)) {
    for (const use of usesAt(tree, path)) {
      if (use.tree.kind === 'map') valid(tickOf(tree, use.path));
      else if (isCron(textOf(use.tree) ?? '')) valid(use);
    }
    for (const edge of onEdges(tree, path, 'schedule')) {
      const use = find(tree, edge);
      if (isCron(textOf(use?.tree) ?? '')) valid(use);
    }
  }
  for (const resource of context.resources) {
    checkModes(context, resource);
    checkGaps(context, resource, timezone);
    checkEdgeSchedules(context, resource, timezone);
  }
}

function usesAt(tree: Tree, path: Found['path']): ReturnType<typeof scheduleUses> {
  const schedule = find(tree, [...path, 'schedule']);
  return schedule === undefined ? [] : scheduleUses(schedule);
}

function checkTimeZone({ tree, report }: CheckContext): string {
  const found = at(tree, ['timezone']);
  const timezone = textOf(found);
  if (found === undefined || timezone === undefined || timezone === '') return DEFAULT_TIMEZONE;
  const mistake = validateTimeZone(timezone);
  if (mistake === undefined) return timezone;
  const help = 'Write an IANA name such as Europe/Berlin or UTC; offsets know nothing of clock changes.';
  report.error('BP1302', mistake, found.place, { path: ['timezone'], help });
  return DEFAULT_TIMEZONE;
}

function checkCron({ report, unknown }: CheckContext, { tree, path }: Found, timezone: string): boolean {
  const cron = textOf(tree);
  if (cron === undefined || cron === '' || unknown.has(tree)) return false;
  const mistake = validateCron(cron, timezone);
  if (mistake === undefined) return true;
  report.error('BP1301', `cron expression "${cron}": ${mistake}`, tree.place, {
    path,
    help: 'Write minute, hour, day of month, month and day of week: "0 2 * * *" is every day at 02:00.',
  });
  return false;
}

function checkModes({ tree, report }: CheckContext, { name, type, effective }: ResourceView): void {
  const schedule = effective('schedule');
  if (type === undefined || schedule?.tree.kind !== 'map') return;
  const uses = scheduleUses(schedule);
  for (const { mode, path } of uses) {
    if (mode === undefined || !MODES.includes(mode) || type.modes.includes(mode)) continue;
    report.error(
      'BP1303',
      `type ${type.type} of resource "${name}" has no mode "${mode}"`,
      keyPlaceAt(tree, path),
      {
        path,
        help: `Modes of ${type.type}: ${type.modes.join(', ')}.`,
      },
    );
  }
  const child = uses.find(({ mode }) => mode !== undefined && needsParent(mode));
  if (child === undefined || uses.some(({ mode }) => mode === 'full' || mode === 'base')) return;
  const help = 'Schedule `full` too, for example weekly; retention releases whole chains only.';
  report.error(
    'BP1304',
    `mode "${child.mode ?? ''}" without a schedule for "full" makes one chain that never ends`,
    keyPlaceAt(tree, child.path),
    {
      path: child.path,
      help,
    },
  );
}
