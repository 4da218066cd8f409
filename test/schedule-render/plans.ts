import type { Schedule } from '../../src/domain/plan.ts';
import type { ScheduledPlan } from '../../src/schedule/render/scheduled-plan.ts';

export const NOW_MS = Date.UTC(2026, 10, 21, 12);

export function schedule(cron: string, rest: Partial<Schedule> = {}): Schedule {
  return { cron, timezone: 'UTC', jitterMs: 0, onMissed: 'run', onlyChanges: false, ...rest };
}

export function planWith(schedules: readonly Schedule[], rest: Partial<ScheduledPlan> = {}): ScheduledPlan {
  return {
    name: 'shop',
    schedules,
    program: ['/usr/bin/env', 'backup-plan'],
    planFile: '/etc/shop/backup-plan.yaml',
    nowMs: NOW_MS,
    ...rest,
  };
}
