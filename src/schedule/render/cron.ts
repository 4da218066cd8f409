import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { calendarLines, changesClock, type CalendarLine } from './calendar.ts';
import { applyCommand, clockNotes, type RenderedSchedule, type ScheduledPlan } from './scheduled-plan.ts';

/**
 * Lines for `crontab`. cron reads times in the zone of its machine, so that zone must be known;
 * `CRON_TZ` says the same to those daemons that honour it.
 */
export function renderCron(plan: ScheduledPlan, machineTimezone: string): Result<RenderedSchedule> {
  if (plan.schedules.length === 0)
    return failed(failure('NOT_FOUND', `plan ${plan.name} has no schedule to render`));
  const command = applyCommand(plan);
  // A crontab has no way to write one.
  if (command.some((argument) => argument.includes('\n'))) {
    return failed(failure('USAGE', 'a crontab cannot hold a command with a newline in it'));
  }
  const times = calendarLines(plan.schedules, machineTimezone, plan.nowMs).map(cronExpression);
  const shell = command.map(quote).join(' ').replaceAll('%', '\\%');
  const content = [
    `# Backups of plan ${plan.name}. Times are those of ${machineTimezone}, the zone of this machine.`,
    `CRON_TZ=${machineTimezone}`,
    ...times.map((time) => `${time} ${shell}`),
    '',
  ].join('\n');
  return ok({ files: [{ name: `backup-plan-${plan.name}.crontab`, content }], notes: notesFor(plan) });
}

function notesFor(plan: ScheduledPlan): readonly string[] {
  const notes = [...clockNotes(plan, (timezone) => changesClock(timezone, plan.nowMs))];
  if (plan.schedules.some(({ jitterMs }) => jitterMs > 0))
    notes.push('cron has no jitter: every run starts on the minute');
  return notes;
}

/** Lists only: some daemons join day and weekday by "and" as soon as one of them begins with a star. */
function cronExpression({ minutes, hours, days, months, weekdays }: CalendarLine): string {
  return [list(minutes, 60), list(hours, 24), list(days, 31), list(months, 12), list(weekdays, 7)].join(' ');
}

function list(numbers: Iterable<number> | undefined, all: number): string {
  const sorted = [...(numbers ?? [])].sort((a, b) => a - b);
  return numbers === undefined || sorted.length === all ? '*' : sorted.join(',');
}

/** Quoted for /bin/sh, which cron hands the line to. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
