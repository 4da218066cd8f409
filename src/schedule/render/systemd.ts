import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { calendarLines, changesClock, type CalendarLine } from './calendar.ts';
import { applyCommand, clockNotes, type RenderedSchedule, type ScheduledPlan } from './scheduled-plan.ts';

/**
 * A service and a timer in UTC: a timer in local time skips the whole day when a clock change skips
 * its hour.
 */
export function renderSystemd(plan: ScheduledPlan): Result<RenderedSchedule> {
  if (plan.schedules.length === 0)
    return failed(failure('NOT_FOUND', `plan ${plan.name} has no schedule to render`));
  const unit = `backup-plan-${plan.name}`;
  return ok({
    files: [
      { name: `${unit}.service`, content: serviceUnit(plan) },
      { name: `${unit}.timer`, content: timerUnit(plan) },
    ],
    notes: clockNotes(plan, (timezone) => changesClock(timezone, plan.nowMs)),
  });
}

/**
 * Hardening stops at what a backup, its hooks or Node itself may need: sources anywhere, sudo and
 * docker in hooks, sockets in /tmp, executable memory for the compiler of JavaScript.
 */
function serviceUnit(plan: ScheduledPlan): string {
  return unitFile([
    [
      'Unit',
      [
        `Description=Backups of plan ${plan.name}`,
        'Wants=network-online.target',
        'After=network-online.target',
      ],
    ],
    [
      'Service',
      [
        'Type=oneshot',
        `ExecStart=${applyCommand(plan).map(quote).join(' ')}`,
        ...(plan.user === undefined ? [] : [`User=${plan.user}`]),
        `EnvironmentFile=-/etc/backup-plan/${plan.name}.env`,
        // The first signal goes to backup-plan alone, which stops its tools and releases what it holds.
        'KillMode=mixed',
        'TimeoutStopSec=2min',
        'UMask=0077',
        'Nice=10',
        'IOSchedulingClass=best-effort',
        'IOSchedulingPriority=7',
        'LockPersonality=yes',
        'ProtectKernelLogs=yes',
        'ProtectKernelModules=yes',
        'RestrictRealtime=yes',
        'SystemCallArchitectures=native',
      ],
    ],
  ]);
}

function timerUnit(plan: ScheduledPlan): string {
  const jitterMs = Math.max(...plan.schedules.map((schedule) => schedule.jitterMs));
  const jitter = jitterMs === 0 ? [] : [`RandomizedDelaySec=${String(Math.ceil(jitterMs / 1000))}s`];
  return unitFile([
    ['Unit', [`Description=Schedule of plan ${plan.name}`]],
    [
      'Timer',
      [...calendarLines(plan.schedules, 'UTC', plan.nowMs).flatMap(onCalendar), ...jitter, 'Persistent=true'],
    ],
    ['Install', ['WantedBy=timers.target']],
  ]);
}

function unitFile(sections: readonly (readonly [string, readonly string[]])[]): string {
  return sections.map(([name, lines]) => [`[${name}]`, ...lines, ''].join('\n')).join('\n');
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** systemd joins day and weekday by "and", cron by "or": where both are limited there are two lines. */
function onCalendar(line: CalendarLine): readonly string[] {
  const { days, weekdays } = line;
  if (days === undefined || weekdays === undefined) return [expression(line)];
  return [expression({ ...line, weekdays: undefined }), expression({ ...line, days: undefined })];
}

function expression({ minutes, hours, days, months, weekdays }: CalendarLine): string {
  const names = weekdays === undefined ? '' : `${WEEKDAYS.filter((_, day) => weekdays.has(day)).join(',')} `;
  const date = `*-${list(months, 12)}-${list(days, 31)}`;
  return `OnCalendar=${names}${date} ${list(hours, 24)}:${list(minutes, 60)}:00 UTC`;
}

function list(numbers: Iterable<number> | undefined, all: number): string {
  const sorted = [...(numbers ?? [])].sort((a, b) => a - b);
  if (numbers === undefined || sorted.length === all) return '*';
  return sorted.map((number) => String(number).padStart(2, '0')).join(',');
}

/** Quoted for ExecStart, where `%` and `$` are expanded too. */
function quote(argument: string): string {
  const escaped = argument.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/[%$]/g, '$&$&');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
