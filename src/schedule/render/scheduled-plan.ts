import type { Schedule } from '../../domain/plan.ts';

/** What a rendered schedule needs to know of a plan. */
export interface ScheduledPlan {
  readonly name: string;
  readonly schedules: readonly Schedule[];
  /** The program without its command, absolute: `/usr/bin/backup-plan` or node and the script. */
  readonly program: readonly [string, ...string[]];
  /** Absolute. */
  readonly planFile: string;
  /** When it is rendered: clock changes of the next two years are taken into account. */
  readonly nowMs: number;
  /** The account that runs it; root where absent. */
  readonly user?: string;
}

export interface RenderedSchedule {
  readonly files: readonly RenderedFile[];
  /** What the reader should know: lower-case, no full stop. */
  readonly notes: readonly string[];
}

export interface RenderedFile {
  readonly name: string;
  readonly content: string;
}

/** Nobody watches a scheduled run, so it never approves a change: there is no `--yes` in it. */
export function applyCommand({ program, planFile }: ScheduledPlan): readonly string[] {
  return [...program, 'apply', '--plan', planFile];
}

export function clockNotes(
  { schedules }: ScheduledPlan,
  changes: (timezone: string) => boolean,
): readonly string[] {
  const zones = [...new Set(schedules.map(({ timezone }) => timezone))].filter(changes);
  return zones.map(
    (zone) =>
      `${zone} changes its clock: the schedule fires at each offset of the zone, and apply does nothing when no tick has passed`,
  );
}
