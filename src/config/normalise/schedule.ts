import { MODES, type Mode } from '../../domain/mode.ts';
import type { Schedule } from '../../domain/plan.ts';
import type {
  ModeSchedule,
  PlanDocument,
  ResourceSchedule,
  RetentionChoice,
} from '../generated/plan-document.ts';
import { BUILT_IN } from './built-in.ts';
import { durationOf } from './retention.ts';

/** What a resource's `schedule` says about one mode. */
export interface ModeChoice {
  readonly mode: Mode;
  /** Name of a schedule, a cron expression, or a schedule written there. */
  readonly schedule: string | ModeSchedule;
  readonly retention?: RetentionChoice;
  readonly targets?: readonly string[];
  /** Below the resource. */
  readonly path: readonly string[];
}

/** A schedule without modes means the type's first one. */
export function modeChoices(schedule: ResourceSchedule | undefined, firstMode: Mode): readonly ModeChoice[] {
  if (schedule === undefined) return [];
  if (typeof schedule === 'string') return [{ mode: firstMode, schedule, path: ['schedule'] }];
  return MODES.flatMap((mode): readonly ModeChoice[] => {
    const entry = schedule[mode];
    if (entry === undefined) return [];
    const path = ['schedule', mode];
    if (typeof entry === 'string') return [{ mode, schedule: entry, path }];
    const { retention, targets } = entry;
    return [
      {
        mode,
        schedule: entry,
        path,
        ...(retention === undefined ? {} : { retention }),
        ...(targets === undefined ? {} : { targets }),
      },
    ];
  });
}

/** Names have no blanks, cron expressions have four. */
export function isCron(text: string): boolean {
  return /\s/.test(text.trim()) || text.startsWith('@');
}

/** The schedule that a choice means; a name must exist. */
export function normaliseSchedule(choice: ModeChoice['schedule'], document: PlanDocument): Schedule {
  const timezone = document.timezone ?? BUILT_IN.plan.timezone;
  if (typeof choice === 'string' && isCron(choice))
    return { cron: choice, timezone, jitterMs: 0, onMissed: BUILT_IN.schedule.onMissed, onlyChanges: false };
  const named = typeof choice === 'string' ? document.schedules?.[choice] : undefined;
  const written = typeof choice === 'string' ? named : choice;
  return {
    ...(typeof choice === 'string' ? { name: choice } : {}),
    cron: written?.cron ?? written?.onChange ?? '',
    timezone,
    jitterMs: durationOf(written?.jitter ?? BUILT_IN.schedule.jitter),
    onMissed: written?.onMissed ?? BUILT_IN.schedule.onMissed,
    onlyChanges: written?.onChange !== undefined,
  };
}
